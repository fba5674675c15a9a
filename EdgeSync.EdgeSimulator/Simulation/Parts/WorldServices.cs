using EdgeSync.ServiceDefaults;
using Microsoft.Data.Sqlite;

namespace EdgeSync.EdgeSimulator;

/// <summary>Ingest and Commands of a world: killed at any callback and around any transaction, and started again.</summary>
internal sealed class WorldServices(SimulatedWorld world, WorldStage stage, string database, Randomness randomness)
{
    private const double KillPerCallback = 0.002;
    private const double KillPerTransaction = 0.02;
    private static readonly TimeSpan RestartMost = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, VirtualService> _running = new(StringComparer.Ordinal);
    private readonly List<VirtualService> _all = [];
    private readonly WallClock _clock = new();
    private readonly Random _ids = randomness.For("ids of commands");
    private readonly Random _serviceKills = randomness.For("kills of services");
    private readonly Random _transactionKills = randomness.For("kills in transactions");
    private readonly Random _deviceKills = randomness.For("kills of devices");
    private readonly Random _errors = randomness.For("errors of the database");
    private long? _killServiceAfter;
    private long? _killTransactionAfter;
    private long? _killDeviceAfter;

    /// <summary>Whether the control plane's database cannot be used.</summary>
    public DiskFault Disk { get; set; }

    /// <summary>The control plane's clock.</summary>
    public WallClock Clock => _clock;

    public void Start()
    {
        foreach (var name in VirtualService.Names)
        {
            Start(name);
        }
    }

    public void BeginFaults()
    {
        _killServiceAfter = _serviceKills.Geometric(world.ChanceOf(FaultKind.ServiceKill) * KillPerCallback);
        _killTransactionAfter = _transactionKills.Geometric(world.ChanceOf(FaultKind.TransactionKill) * KillPerTransaction);
        _killDeviceAfter = _deviceKills.Geometric(world.ChanceOf(FaultKind.DeviceKill) * KillPerCallback);
    }

    public void EndFaults()
    {
        (_killServiceAfter, _killTransactionAfter, _killDeviceAfter) = (null, null, null);
        Disk = DiskFault.None;
    }

    /// <summary>After each callback: the process that it was of may be killed now, whatever it waits for.</summary>
    public void CountCallback(VirtualProcess? process, SimulatedWorld world)
    {
        if (process is null or { IsDead: true })
        {
            return;
        }

        if (_running.FirstOrDefault(pair => pair.Value.Process == process) is { Key: { } service })
        {
            if (Count(ref _killServiceAfter))
            {
                Kill(service, "is killed");
                _killServiceAfter = _serviceKills.Geometric(world.ChanceOf(FaultKind.ServiceKill) * KillPerCallback);
            }
        }
        else if (world.Devices.FirstOrDefault(device => device.Process == process) is { } device && Count(ref _killDeviceAfter))
        {
            device.Kill("is killed");
            _killDeviceAfter = _deviceKills.Geometric(world.ChanceOf(FaultKind.DeviceKill) * KillPerCallback);
        }
    }

    public void Kill(string service, string how)
    {
        if (_running.Remove(service, out var running))
        {
            world.Trace(service, how);
            world.Network.Detach(service);
            running.Process.Kill();
            world.After(_serviceKills.UpTo(RestartMost), () => Start(service));
        }
    }

    /// <summary>Lets go, when the world is over.</summary>
    public void Release()
    {
        _all.ForEach(service => service.Release());
    }

    private static bool Count(ref long? left) => left is { } many && (left = many - 1) <= 0;

    private void Start(string name)
    {
        var process = world.MakeProcess(FormattableString.Invariant($"{name}.{_all.Count + 1}"), _clock);
        var service = new VirtualService(
            stage.Blueprint(name), process, WorldStage.ConnectionString(database), _ids, world.LogsOf(process), moment => Pass(name, process, moment));
        _all.Add(service);
        _running[name] = service;
        world.Network.Attach(name, service);
        world.Trace(name, "starts");
        service.Start(error => Fail(name, process, error));
    }

    // As a host does that cannot start, or whose background work has failed: it ends, and is started again.
    private void Fail(string name, VirtualProcess process, Exception error)
    {
        if (process.IsDead)
        {
            return;
        }

        if (error is not SqliteException || Disk == DiskFault.None)
        {
            world.Find("errors", $"{name} ended: {error}");
        }

        Kill(name, "ends");
    }

    private void Pass(string name, VirtualProcess process, TransactionMoment moment)
    {
        process.ThrowIfDead();
        if (Count(ref _killTransactionAfter))
        {
            _killTransactionAfter = _transactionKills.Geometric(world.ChanceOf(FaultKind.TransactionKill) * KillPerTransaction);
            Kill(name, $"is killed at a transaction's {moment}");
            throw new ProcessKilledException();
        }

        if (moment != TransactionMoment.AfterCommit && Disk != DiskFault.None && _errors.Next(2) == 0)
        {
            throw Disk switch
            {
                DiskFault.Busy => new SqliteException("database is locked", 5),
                DiskFault.Full => new SqliteException("database or disk is full", 13),
                _ => new SqliteException("disk I/O error", 10),
            };
        }
    }
}
