using EdgeSync.Edge;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// A fleet and its control plane on one thread, in time and with faults that follow from a seed alone: the real agents, stores, endpoints and decisions, and everything between them pretended.
/// Things happen to it step by step; then it is left alone and must come to rest with nothing lost.
/// </summary>
internal sealed class SimulatedWorld : IDisposable
{
    private const long CallbacksMax = 3_000_000;
    private static readonly TimeSpan RestWithin = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan RestLook = TimeSpan.FromSeconds(3);
    private const int LooksPerResume = 20;

    private readonly WorldSettings _settings;
    private readonly Randomness _randomness;
    private readonly VirtualScheduler _scheduler;
    private readonly WorldPlan _plan;
    private readonly Trace _trace;
    private readonly WorldStage _stage;
    private readonly string _folder;
    private readonly WorldCheckStore _store;
    private readonly WorldChecks _checks;
    private int _step;

    public SimulatedWorld(WorldSettings settings, WorldStage stage, TextWriter? trace)
    {
        (_settings, _stage, _trace) = (settings, stage, new Trace(trace));
        _randomness = new Randomness(settings.Seed);
        _plan = new WorldPlan(settings, _randomness);
        _scheduler = new VirtualScheduler(_randomness.For("order"));
        _folder = stage.TakeFolder();
        Network = new VirtualNetwork(_scheduler, _trace, TokenOf);
        Services = new WorldServices(this, stage, Database, _randomness);
        var ids = _randomness.For("ids");
        Devices = [.. Enumerable.Range(0, _plan.Devices).Select(number =>
            new WorldDevice(number, new DeviceId(ids.Uuid()), this, _randomness.For($"device {number}"), _randomness.For($"kills of {number}")))];
        Operator = new WorldOperator(this, new LinkWeather(_plan, _randomness.For("network of operators")), _randomness.For("withdrawals"));
        _store = new WorldCheckStore(Database);
        _checks = new WorldChecks(this, _store);
        _scheduler.Ran = process => Services.CountCallback(process, this);
        _trace.Write(Now, "world", FormattableString.Invariant($"seed {settings.Seed}: {_plan}"));
    }

    public IReadOnlyList<WorldDevice> Devices { get; }

    public WorldOperator Operator { get; }

    public WorldServices Services { get; }

    public WorldRecord Record { get; } = new();

    public VirtualNetwork Network { get; }

    public WorldPlan Plan => _plan;

    /// <summary>Whether faults still happen.</summary>
    public bool IsFaulty { get; private set; }

    public TimeSpan Now => _scheduler.Now;

    /// <summary>What a check found first, if it did.</summary>
    public Finding? Found { get; private set; }

    public string OperatorToken => _stage.Keys.OperatorToken;

    /// <summary>The control plane's database.</summary>
    public string Database => WorldStage.DatabaseIn(_folder);

    /// <summary>Runs it to its end, or to the first finding.</summary>
    public WorldResult Run()
    {
        var before = SynchronizationContext.Current;
        try
        {
            Begin();
            var steps = new WorldSteps(this, _randomness);
            for (_step = 1; _step <= _settings.Steps && Found is null; _step++)
            {
                Pump(Now + steps.Pause());
                steps.Do(_step);
                Pump(Now);
                _checks.CheckStep(_step);
            }

            ComeToRest();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        return new WorldResult(_settings, Found, _trace.Digest, Now, _scheduler.Callbacks, Network.Requests);
    }

    /// <summary>A check has found something; the first one stands.</summary>
    public void Find(string check, string sentence)
    {
        if (Found is null)
        {
            Found = new Finding(check, sentence, Math.Min(_step, _settings.Steps), Now);
            Trace("world", $"found {check}: {sentence.Split('\n')[0]}");
        }
    }

    public void Trace(string who, string what) => _trace.Write(Now, who, what);

    public void After(TimeSpan delay, Action action) => _scheduler.After(delay, null, action);

    public VirtualProcess MakeProcess(string name, WallClock clock) => new(name, _scheduler, clock);

    /// <summary>How strong a fault is now.</summary>
    public double ChanceOf(FaultKind kind) => IsFaulty ? _plan.StrengthOf(kind) : 0;

    public ILoggerFactory LogsOf(VirtualProcess process) => new WorldLogs(process, sentence => Find("errors", sentence));

    public string FolderOf(int device)
    {
        var folder = Path.Combine(_folder, FormattableString.Invariant($"device-{device}"));
        Directory.CreateDirectory(folder);
        return folder;
    }

    public LinkWeather WeatherOf(int device) => new(_plan, _randomness.For($"network of {device}")) { IsCalm = true };

    public EdgeDeviceOptions OptionsOf(DeviceId device) => new()
    {
        Device = device,
        ControlPlane = new Uri("http://control-plane.test"),
        EventStream = false,
        SyncInterval = _plan.SyncInterval,
        BatchReadingsMax = _plan.BatchReadingsMax,
        Durability = _plan.Durability,
        AcknowledgedRetention = _plan.AcknowledgedRetention,
        AttemptTimeout = TimeSpan.FromSeconds(8),
        ConnectTimeout = TimeSpan.FromSeconds(12),
        BackoffMax = TimeSpan.FromSeconds(15),
        CommandTimeout = TimeSpan.FromSeconds(20),
        SyncLogRowsMax = 50,
        // Faults of the disk are the world's own.
        EmergencyReserveBytes = 0,
    };

    /// <summary>Whether the control plane has a reading.</summary>
    public Func<Reading, bool> StoredOf(WorldDevice device)
    {
        var stored = _store.ReadTimes(device.Id.ToString());
        return reading => stored.Contains((reading.Sensor, reading.RecordedAt));
    }

    public void Dispose()
    {
        foreach (var device in Devices)
        {
            device.Release();
        }

        Operator.Release();
        Services.Release();
        _store.Dispose();
        _trace.Dispose();
        using (var pooled = new SqliteConnection(WorldStage.ConnectionString(Database)))
        {
            SqliteConnection.ClearPool(pooled);
        }

        _stage.GiveBack(_folder);
    }

    private string TokenOf(string link) => _tokens.TryGetValue(link, out var token) ? token : _tokens[link] = _stage.Keys.DeviceToken(Devices.Single(device => device.Name == link).Id);

    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);

    private void Begin()
    {
        Operator.Weather.IsCalm = true;
        Services.Start();
        Operator.Register(Devices);
        Pump(Now + TimeSpan.FromSeconds(2));
        foreach (var device in Devices)
        {
            device.Start();
        }

        IsFaulty = true;
        Services.BeginFaults();
        Operator.Weather.IsCalm = false;
        foreach (var device in Devices)
        {
            device.Weather.IsCalm = false;
        }
    }

    // Again and again: a pause that was issued before may come after the resume, when its lease ran out or the control plane's clock went back.
    private void ResumePaused()
    {
        foreach (var device in Devices.Where(device => device.Running?.Status.Reason == ReasonCodes.Paused))
        {
            Operator.Issue(device, new CreateCommand("resume", null, 3_600));
        }
    }

    private void ComeToRest()
    {
        IsFaulty = false;
        Services.EndFaults();
        Operator.Weather.Heal();
        foreach (var device in Devices)
        {
            device.Weather.Heal();
            device.Disk = DiskFault.None;
            device.Start();
        }

        AuditResult? audit = null;
        var looks = 0;
        for (var until = Now + RestWithin; Found is null && audit is not { Passed: true } && Now < until;)
        {
            Pump(Now + RestLook);
            _checks.CheckStep(++looks);
            if (looks % LooksPerResume == 0)
            {
                ResumePaused();
            }

            audit = Found is null && _checks.IsQuiet() ? _checks.Audit(Database) : null;
        }

        if (Found is null && audit is not { Passed: true })
        {
            Find(audit is null ? "rest" : "audit", audit is null ? $"not at rest after {RestWithin.TotalMinutes} minutes: {_checks.DescribeUnrest()}" : string.Join(" | ", audit.Differences));
        }

        Trace("world", $"ends with {Devices.Sum(device => Record.Count(device.Number))} readings");
    }

    private void Pump(TimeSpan until)
    {
        while (Found is null && _scheduler.RunOne(until))
        {
            if (_scheduler.Fault is { } fault)
            {
                Find("simulation", fault);
            }
            else if (_scheduler.Callbacks > CallbacksMax)
            {
                Find("rest", $"more than {CallbacksMax} callbacks");
            }
        }
    }
}
