using System.Diagnostics;
using System.Globalization;
using EdgeSync.EdgeSimulator;

namespace EdgeSync.Benchmarks;

/// <summary>
/// Debian's mosquitto in a folder of its own, on 127.0.0.1, without TLS and without names: persistence is on, and nothing is dropped because a queue is full. Everything else is as it comes.
/// </summary>
internal sealed class Mosquitto : IAsyncDisposable
{
    private const string Folders = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin";
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(50);
    private const int ReadyTriesMax = 200;

    // It warns of what its settings ask for.
    private const string Quietly = """exec "$0" -c "$1" 2>/dev/null""";

    private readonly string _program;
    private readonly string _folder = Directory.CreateTempSubdirectory("edgesync-benchmark-mosquitto-").FullName;
    private readonly TimeProvider _time;
    private Process? _process;

    private Mosquitto(string program, TimeProvider time) => (_program, _time) = (program, time);

    public int Port { get; } = FreePorts.Take(1)[0];

    public double ProcessorMicroseconds => _process is null ? 0 : ProcessorTime.Of(_process.Id);

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="UsageException">It is not installed, or does not start; the message says what to do.</exception>
    public static async Task<Mosquitto> StartAsync(TimeProvider time, CancellationToken ct)
    {
        var program = Programs.TryFind("mosquitto") ?? Programs.TryFind("mosquitto", Folders)
            ?? throw new UsageException("mosquitto is not installed. Install it (apt-get install mosquitto), or leave --peer out.");
        var broker = new Mosquitto(program, time);
        try
        {
            await File.WriteAllTextAsync(broker.Settings, string.Create(CultureInfo.InvariantCulture, $"""
                listener {broker.Port} 127.0.0.1
                allow_anonymous true
                user root
                persistence true
                persistence_location {broker._folder}/
                max_inflight_messages 10000
                max_queued_messages 0
                log_dest none

                """), ct);
            await broker.StartAgainAsync(ct);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    private string Settings => Path.Combine(_folder, "mosquitto.conf");

    /// <summary>After <see cref="KillAsync"/>: the same folder, the same port.</summary>
    public async Task StartAgainAsync(CancellationToken ct)
    {
        _process = Process.Start(new ProcessStartInfo("sh", ["-c", Quietly, _program, Settings]))!;
        for (var i = 0; i < ReadyTriesMax && !_process.HasExited; i++)
        {
            try
            {
                using var probe = new System.Net.Sockets.TcpClient();
                await probe.ConnectAsync("127.0.0.1", Port, ct);
                return;
            }
            catch (System.Net.Sockets.SocketException)
            {
                await Task.Delay(ReadyPoll, _time, ct);
            }
        }

        throw new UsageException($"{_program} does not start; run it with the settings that the benchmark gives it to see why: a listener, persistence, limits of its queues.");
    }

    /// <summary>SIGKILL: it does not get to save what it holds in memory.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
