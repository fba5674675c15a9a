using EdgeSync.Edge;
using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>One device: the real agent and store of EdgeSync.Edge on its own SQLite file, with its own certificate and its own bad network.</summary>
internal sealed class VirtualDevice : IAsyncDisposable
{
    private static readonly TimeSpan RollBackPatience = TimeSpan.FromSeconds(10);

    // Shorter than a real device's, so that a run of half a minute sees what comes after a wait.
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(5);

    private readonly int _number;
    private readonly DataFolder _folder;
    private readonly EdgeDeviceOptions _options;
    private readonly FaultyNetwork _network;
    private readonly Journal _journal;
    private readonly Signal _signal;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly Random _random;
    private readonly SemaphoreSlim _file = new(1, 1);
    private CancellationTokenSource _stop = new();
    private readonly Lock _opening = new();
    private EdgeDevice _device;
    private long _pending;
    private bool _open;
    private Task _running = Task.CompletedTask;
    private long _moments;
    private long _lastRecordedAt;
    private EdgeCounters _past = EdgeCounters.None;

    public VirtualDevice(int number, FleetSettings settings, DeviceId id, DevelopmentPki pki, Journal journal, Signal signal, TimeProvider time, ILoggerFactory logs)
    {
        _number = number;
        _folder = new DataFolder(settings.Data);
        _journal = journal;
        _signal = signal;
        _time = time;
        _logs = logs;
        // Faults are drawn from the seed; epochs and nonces must differ from those of every run before.
        _random = new CryptographicRandom();
        _network = new FaultyNetwork(FaultProfile.For(settings.Faults), new Random(unchecked(settings.Seed * 31 + number)), time);
        _options = new EdgeDeviceOptions
        {
            Device = id,
            DatabasePath = _folder.Device(number),
            ControlPlane = settings.ControlPlane,
            IdentityFolder = _folder.Identity(number),
            AuthoritiesPath = pki.Files.Authority,
            Pins = pki.GatewayPins,
            Enrolment = settings.Enrolment,
            EnrolmentSecret = settings.EnrolmentSecret,
            SyncInterval = settings.SyncInterval,
            BatchReadingsMax = settings.BatchReadingsMax,
            BackoffMax = BackoffMax,
            // Thousands of devices share this disk, and nothing cuts its power; `simulate` does.
            Durability = Durability.Process,
            EmergencyReserveBytes = 0,
        };
        Directory.CreateDirectory(Path.GetDirectoryName(_options.DatabasePath)!);
        _device = Open();
        _open = true;
    }

    public int Number => _number;

    public bool IsConnected => _network.EverConnected;

    public long Faults => _network.Faults;

    public long Produced { get; private set; }

    /// <summary>What is pending, or was when its file was closed, and its counters of this process: those of the file's earlier openings too.</summary>
    public (long Pending, EdgeCounters Counters) Read()
    {
        lock (_opening)
        {
            var (pending, counters) = _open ? _device.Progress : (_pending, EdgeCounters.None);
            return (_pending = pending, _past + counters);
        }
    }

    /// <summary>Why it is not syncing.</summary>
    public string Reason => _device.Status.Reason;

    public void Start() => _running = _device.RunAsync(_stop.Token);

    public void BeginFaults() => _network.Begin();

    public void Heal() => _network.Heal();

    /// <summary>A sensor's moments since the last call: journal first, then the device, then the journal again.</summary>
    public void Produce(int moments)
    {
        // A device whose file is being replaced has no power: its sensors measure nothing.
        if (!_file.Wait(0))
        {
            return;
        }

        try
        {
            var readings = new List<Reading>(moments);
            for (var i = 0; i < moments; i++)
            {
                _lastRecordedAt = Math.Max(_lastRecordedAt + 1, _time.GetMicroseconds());
                readings.AddRange(_signal.At(_number, _moments++, _lastRecordedAt));
            }

            var call = _journal.Producing(_number, readings);
            var result = _device.Append(readings);
            _journal.Acknowledged(_number, call, result.Epoch, result.First, result.Stored);
            Produced += result.Stored;
        }
        finally
        {
            _file.Release();
        }
    }

    /// <summary>Somebody writes a key on the device's own panel, or deletes it: journal first, then the device, then the journal again.</summary>
    public void TurnKnob(string key, JsonValue? value)
    {
        if (_file.Wait(0))
        {
            try
            {
                var call = _journal.PanelWriting(_number, key, value);
                _journal.PanelWrote(_number, call, value is { } set ? _device.Config.Set(key, set) : _device.Config.Delete(key));
            }
            finally
            {
                _file.Release();
            }
        }
    }

    public Task<bool> DrainAsync(CancellationToken ct) => _device.DrainAsync(ct);

    public void Copy()
    {
        var copy = _folder.DeviceCopy(_number);
        File.Delete(copy);
        using var connection = SqliteFile.Open(_options.DatabasePath);
        using var command = connection.CreateCommand();
        command.CommandText = "VACUUM INTO $copy";
        command.Parameters.AddWithValue("$copy", copy);
        command.ExecuteNonQuery();
    }

    public async Task<bool> RollBackAsync()
    {
        var copy = _folder.DeviceCopy(_number);
        await _file.WaitAsync();
        try
        {
            using var patience = new CancellationTokenSource(RollBackPatience, _time);
            if (!File.Exists(copy) || !await _device.DrainAsync(patience.Token))
            {
                return false;
            }

            await CloseAsync();
            _journal.RolledBack(_number);
            // The log first: beside an older file it would be replayed into it.
            File.Delete(_options.DatabasePath + "-wal");
            File.Delete(_options.DatabasePath + "-shm");
            File.Move(copy, _options.DatabasePath, overwrite: true);
            _stop = new CancellationTokenSource();
            lock (_opening)
            {
                _device = Open();
                _open = true;
            }

            Start();
            return true;
        }
        finally
        {
            _file.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _network.Dispose();
        _file.Dispose();
    }

    private async Task CloseAsync()
    {
        await _stop.CancelAsync();
        await _running;
        lock (_opening)
        {
            (_pending, var counters) = _device.Progress;
            _past += counters;
            _open = false;
        }

        await _device.DisposeAsync();
        _stop.Dispose();
    }

    private EdgeDevice Open() => EdgeDevice.Open(
        _options, tls => _network.Over(DeviceHttp.Handler(tls)), [new CommandHandler(OperatorDesk.ActuateKind, MayRunAgain: false, ActuateAsync)], _time, _logs, _random);

    private Task<JsonValue?> ActuateAsync(CommandContext command, CancellationToken ct)
    {
        _journal.Effect(_number, command.Id);
        return Task.FromResult<JsonValue?>(command.Payload);
    }
}
