using System.Diagnostics;
using System.Globalization;
using System.Net;
using EdgeSync.EdgeSimulator;
using EdgeSync.Testing;

namespace EdgeSync.Benchmarks;

/// <summary>A service as it is deployed: its own program, configured by its environment.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const int ReadyTriesMax = 600;
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    // Ends the service when the pipe from this process closes, however this process ends.
    private const string Guard = """read -r line; kill -s TERM "$1" """;

    private static readonly string Nowhere = Directory.CreateTempSubdirectory("edgesync-benchmark-services-").FullName;

    static ServiceProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Nowhere, recursive: true);

    private readonly Process _process;
    private readonly Process _guard;
    private readonly TimeProvider _time;

    private ServiceProcess(Process process, IPEndPoint address, TimeProvider time)
    {
        _process = process;
        _guard = Process.Start(new ProcessStartInfo("sh", ["-c", Guard, "sh", process.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true })!;
        _time = time;
        Address = address;
    }

    /// <summary>Where requests go to: HTTP/2 without TLS, but for a gateway.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Memory that it has now, bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public double ProcessorMicroseconds => ProcessorTime.Of(_process.Id);

    /// <summary>Starts a service that devices reach without a gateway, and waits until it is ready, its schema made.</summary>
    /// <exception cref="InvalidOperationException">It does not become ready; its output is on standard error.</exception>
    public static Task<ServiceProcess> StartAsync(
        string program, string connectionString, IEnumerable<(string Name, string Value)> settings, TimeProvider time, CancellationToken ct)
    {
        var ports = FreePorts.Take(2);
        var (plain, h2c) = (ports[0], ports[1]);
        List<(string, string)> all =
        [
            ("ConnectionStrings:edgesync", connectionString),
            ("Kestrel:Endpoints:Http:Url", Origin(plain)),
            ("Kestrel:Endpoints:Http:Protocols", "Http1"),
            ("Kestrel:Endpoints:H2c:Url", Origin(h2c)),
            ("Kestrel:Endpoints:H2c:Protocols", "Http2"),
            .. TestTokens.Shared.Settings.Select(setting => (setting.Key, setting.Value!)),
            .. settings,
        ];
        return StartAsync(program, [], all, new Uri(Origin(plain) + "/health"), new IPEndPoint(IPAddress.Loopback, h2c), time, ct);
    }

    /// <summary>Starts a program with these arguments and settings and waits until it says that it is ready.</summary>
    /// <exception cref="InvalidOperationException">It does not become ready; its output is on standard error.</exception>
    public static async Task<ServiceProcess> StartAsync(
        string program, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> settings, Uri health, IPEndPoint address, TimeProvider time, CancellationToken ct)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            // Not where the programs are: there lies one appsettings.json for all of them, with the ports of one.
            WorkingDirectory = Nowhere,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in settings.Prepend(("Logging:LogLevel:Default", "Warning")).Prepend(("DOTNET_hostBuilder:reloadConfigOnChange", "false")))
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => { if (line.Data is not null) { Console.Error.WriteLine(line.Data); } };
        process.BeginOutputReadLine();
        var service = new ServiceProcess(process, address, time);
        try
        {
            await service.WaitAsync(program, health, ct);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        using var patience = new CancellationTokenSource(StopPatience, _time);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _guard.Dispose();
        _process.Dispose();
    }

    private async Task WaitAsync(string program, Uri health, CancellationToken ct)
    {
        using var http = new HttpClient();
        for (var i = 0; i < ReadyTriesMax && !_process.HasExited; i++)
        {
            try
            {
                using var response = await http.GetAsync(health, ct);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(ReadyPoll, _time, ct);
        }

        throw new InvalidOperationException($"{program} did not become ready.");
    }


    private static string Origin(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
}
