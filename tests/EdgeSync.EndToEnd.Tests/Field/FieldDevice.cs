using System.Security.Cryptography.X509Certificates;
using EdgeSync.Edge;
using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>A real device with its file and its wire, and what may happen to it: it stops, is killed, or finds its file replaced by an older copy.</summary>
internal sealed class FieldDevice : IAsyncDisposable
{
    /// <summary>A command that begins and never ends by itself.</summary>
    public const string StuckKind = "turn-for-ever";

    private const int SyncLogTold = 40;
    private static readonly TimeSpan DrainWithin = TimeSpan.FromSeconds(60);

    private readonly EdgeDeviceOptions _options;
    private readonly Journal _journal;
    private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    private long _lastRecordedAt;
    private long _wireBytes;

    public FieldDevice(int number, EdgeDeviceOptions options, FaultyNetwork network, Journal journal)
    {
        (Number, _options, Network, _journal) = (number, options, network, journal);
        Directory.CreateDirectory(Path.GetDirectoryName(options.DatabasePath)!);
        Open();
    }

    /// <summary>Its number in the fleet and in the journal.</summary>
    public int Number { get; }

    public DeviceId Id => _options.Device;

    public FaultyNetwork Network { get; }

    public Wire Wire { get; private set; } = null!;

    public EdgeDevice Device { get; private set; } = null!;

    /// <summary>Ends when a <see cref="StuckKind"/> command has begun.</summary>
    public Task Stuck => _stuck.Task.WaitAsync(DrainWithin, TimeProvider.System, TestContext.Current.CancellationToken);

    /// <summary>Bytes of its connections so far, both ways, as HTTP/2 writes and reads them: frames and headers too, without TLS's own.</summary>
    public long WireBytes => Interlocked.Read(ref _wireBytes);

    public void Start() => _running = Device.RunAsync(CancellationToken.None);

    /// <summary>Readings of this moment, journalled as a sensor would.</summary>
    public AppendResult Produce(int count)
    {
        var readings = new List<Reading>(count);
        for (var i = 0; i < count; i++)
        {
            _lastRecordedAt = Math.Max(_lastRecordedAt + 1, TimeProvider.System.GetMicroseconds());
            readings.Add(new Reading(i % 3 == 0 ? "pressure" : "temperature", _lastRecordedAt, Math.Sin(_lastRecordedAt)));
        }

        var call = _journal.Producing(Number, readings);
        var result = Device.Append(readings);
        _journal.Acknowledged(Number, call, result.Epoch, result.First, result.Stored);
        return result;
    }

    /// <summary>Syncs until nothing is left.</summary>
    public async Task DrainAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(DrainWithin);
        Assert.True(
            await Device.DrainAsync(patience.Token),
            $"The device did not drain: {Device.Status}\n{string.Join('\n', Device.ReadSyncLog(SyncLogTold).Select(entry => entry.ToString()))}");
    }

    /// <summary>Waits until the control plane can call it.</summary>
    public Task ListenAsync() => Eventually.BecomesAsync(() => Task.FromResult(Device.Status), status => status.EventStreamConnected, "the device's event stream is open");

    /// <summary>The certificate that it has enrolled for, with its key.</summary>
    public X509Certificate2 ReadCertificate(DataFolder folder) => X509Certificate2.CreateFromPemFile(folder.Credentials(Number));

    /// <summary>What another machine needs to be this device: its options.</summary>
    public EdgeDeviceOptions Options => _options;

    public async Task StopAsync()
    {
        await Device.DisposeAsync();
        await _running;
    }

    /// <summary>Switched off and on again, as a device's program is.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        Open();
        Start();
    }

    /// <summary>
    /// The process is killed in the middle of what it does, and started again: it says no more, and its file is what the kill left, log and all. What the killed agent
    /// still does to its own file while it goes is thrown away with that file.
    /// </summary>
    public async Task KillAsync()
    {
        Wire.Cut();
        var remains = new[] { "", "-wal" }.Where(suffix => File.Exists(_options.DatabasePath + suffix)).ToList();
        remains.ForEach(suffix => File.Copy(_options.DatabasePath + suffix, _options.DatabasePath + ".killed" + suffix));
        await StopAsync();
        DeleteFile();
        remains.ForEach(suffix => File.Move(_options.DatabasePath + ".killed" + suffix, _options.DatabasePath + suffix));
        Open();
    }

    /// <summary>Keeps a copy of its file.</summary>
    public string CopyFile(string name)
    {
        var path = Path.Combine(Path.GetDirectoryName(_options.DatabasePath)!, name);
        using var copy = new SqliteConnection($"Data Source={path};Pooling=False");
        using var original = new SqliteConnection($"Data Source={_options.DatabasePath};Pooling=False");
        original.Open();
        original.BackupDatabase(copy);
        return path;
    }

    /// <summary>It stops, its file is replaced by the copy, and it opens it; its agent does not run yet.</summary>
    public async Task RestoreAsync(string copy)
    {
        await StopAsync();
        DeleteFile();
        File.Copy(copy, _options.DatabasePath);
        _journal.RolledBack(Number);
        Open();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Network.Dispose();
    }

    private void DeleteFile()
    {
        foreach (var suffix in new[] { "", "-wal", "-shm" })
        {
            File.Delete(_options.DatabasePath + suffix);
        }
    }

    private void Open()
    {
        Wire = new Wire();
        _running = Task.CompletedTask;
        Device = EdgeDevice.Open(
            _options,
            tls => Wire.Over(Network.Over(Counted(DeviceHttp.Handler(tls)))),
            [new CommandHandler(OperatorDesk.ActuateKind, MayRunAgain: false, ActuateAsync), new CommandHandler(StuckKind, MayRunAgain: false, TurnForEverAsync)],
            TimeProvider.System,
            NullLoggerFactory.Instance,
            new CryptographicRandom());
    }

    private SocketsHttpHandler Counted(SocketsHttpHandler handler)
    {
        handler.PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new CountedStream(context.PlaintextStream, bytes => Interlocked.Add(ref _wireBytes, bytes)));
        return handler;
    }

    private Task<JsonValue?> ActuateAsync(CommandContext command, CancellationToken ct)
    {
        _journal.Effect(Number, command.Id);
        return Task.FromResult<JsonValue?>(command.Payload);
    }

    private async Task<JsonValue?> TurnForEverAsync(CommandContext command, CancellationToken ct)
    {
        _journal.Effect(Number, command.Id);
        _stuck.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
        return null;
    }
}
