using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>What a device is made of and how it is wired; no behaviour of its own.</summary>
internal sealed class DeviceParts : IDisposable
{
    private readonly EdgeDeviceOptions _options;
    private readonly StateStore _state;
    private readonly StreamStore _streams;
    private readonly RunIdentity _run;
    private readonly DeviceAccess _access;
    private readonly CertificateSync? _certificates;
    private readonly SyncLanes _lanes;
    private readonly SyncCounters _counters = new(EdgeMetrics.Shared);
    private readonly IDisposable _shown;
    private readonly HeartbeatReport _heartbeat;
    private readonly ControlPlaneClient _client;
    private readonly TimeProvider _time;

    public DeviceParts(
        EdgeDeviceOptions options, DeviceDatabase database, DeviceAccess access, CommandHandlers ofProgram, TimeProvider time, ILoggerFactory logs, Entropy entropy)
    {
        (_options, _time, _access) = (options, time, access);
        var logger = logs.CreateLogger("EdgeSync.Edge");
        var now = time.GetMicroseconds();
        Repair = new FileRepair(database, logger);
        _state = new StateStore(database, options.Device);
        var begun = _state.Begin(entropy, now);
        _run = new RunIdentity(_state, entropy, begun.BootNumber, entropy.DrawNonce());
        _streams = new StreamStore(database, options.Device);
        Telemetry = new TelemetryStore(database);
        SyncLog = new SyncLogStore(database, time, options.SyncLogRowsMax);
        var batches = new BatchStore(database, Telemetry);
        var retention = new RetentionStore(database);
        Room = new Room(Telemetry, retention, new RoomStore(database, Telemetry, batches), SyncLog, options, logger);
        DeadLetters = new DeadLetterStore(database, Telemetry);
        Letters = new DeadLetters(DeadLetters, SyncLog, options.DeadLettersMax);
        Commands = new CommandStore(database);
        var reports = new ConfigReportStore(database);
        var probations = new ProbationStore(database, reports, [.. options.ConfigChecks.Keys], time);
        var configStore = new ConfigStore(database, reports, probations, entropy, options.ConfigResolvers);
        Config = new DeviceConfig(configStore, new ReservedConfig(options.Device, access), time, logger);
        _client = new ControlPlaneClient(access.Transport, options, entropy, time);
        var deadlines = new CommandDeadlines(time);
        var traces = new CommandTraces();
        _lanes = new SyncLanes(options, SyncLog, _counters, entropy, time, logger);
        _heartbeat = new HeartbeatReport(_streams, DeadLetters, _lanes, Room, options, time);
        var settings = new SettingsStore(database, options.SyncInterval);
        var clock = new ControlPlaneClock(time);
        if (access.Managed is { } identity)
        {
            _certificates = new CertificateSync(identity, _client, options, clock, SyncLog, _counters, entropy, time) { Changed = UseCertificate };
        }

        Receipts = new KeptReceiptStore(database);
        var verification = new StreamVerification(
            _client, _streams, new OwnEntryStore(database, Telemetry, options.Device), _run, new ReceiptSync(_client, Receipts, _streams, access.Roots, options, SyncLog, time), SyncLog, time, logger);
        var handlers = ofProgram.With(new BuiltInCommands(settings, SyncLog, _certificates, verification, ReadStatus, () => Agent!.Wake(), new DeadLetterCommands(DeadLetters, Letters), options.DatabasePath, time).Handlers);
        Runner = new CommandRunner(Commands, Telemetry, Config, handlers, deadlines, traces, SyncLog, options, () => _run.Boot.Number, time, logger);
        var damage = new DamageStore(database, _streams, Telemetry);
        var recovery = new StreamRecovery(
            _client, _streams, new RollbackStore(database, Telemetry, _streams, damage, options.Device), clock, SyncLog, options, entropy, time, logger);
        var telemetry = new TelemetrySync(
            _client, _run, _state, _streams, batches, damage, recovery, new LiveStreamStore(database, options.Device), clock, SyncLog, _counters, settings, options, entropy, time, logger);
        var commands = new CommandSync(_client, _run, _state, Commands, handlers, deadlines, traces, Runner, SyncLog, time);
        var config = new ConfigSync(_client, _run, configStore, Config, access, SyncLog);
        Probations = new ProbationWatch(probations, Config, SyncLog, options, time, logger);
        var pause = new TelemetryPause(settings, _lanes, time);
        Retention = new RetentionPass(retention, _lanes, clock, settings, options);
        Agent = new SyncAgent(
            options, _lanes, _certificates, commands, config, telemetry, _heartbeat, verification, _client, _run, _streams, Commands, configStore, Retention, settings, pause, new FilePass(Repair, Room, Letters, _lanes, _run, logger), clock, time, logger);
        Listener = new IntentListener(_client, options, entropy, time, logger);
        telemetry.IntentSeen = version => Agent.NoteIntent(version);
        commands.IntentAnswered = config.IntentAnswered = Agent.AnswerIntent;
        Listener.IntentSeen = WakeForIntent;
        Runner.Completed = Agent.Wake;
        Config.Written = Agent.Wake;
        config.Taken = Probations.Wake;
        pause.Note();
        var interrupted = Commands.Resume(begun.BootNumber, handlers.MayRunAgain, now);
        var tookBack = probations.CountStart();
        SyncLog.Write("device", "started", FormattableString.Invariant($"Start {begun.BootNumber}, stream {begun.LiveEpoch}, {interrupted} commands interrupted."));
        if (tookBack.Count > 0)
        {
            SyncLog.Write("config", "rolled-back", $"{string.Join(", ", tookBack.Take(10).Select(change => change.Key))}: {ProbationDecision.WhyNotStarted(ProbationDecision.StartsMax)}");
        }

        _shown = EdgeMetrics.Shared.Open(() => _streams.CountPending(), OldestPendingSeconds);
    }

    public FileRepair Repair { get; }

    public Room Room { get; }

    public RetentionPass Retention { get; }

    public TelemetryStore Telemetry { get; }

    public CommandStore Commands { get; }

    public CommandRunner Runner { get; }

    public SyncLogStore SyncLog { get; }

    public DeadLetterStore DeadLetters { get; }

    public DeadLetters Letters { get; }

    public KeptReceiptStore Receipts { get; }

    public DeviceConfig Config { get; }

    public ProbationWatch Probations { get; }

    public SyncAgent Agent { get; }

    public IntentListener Listener { get; }

    public (long Pending, EdgeCounters Counters) ReadProgress() => (_streams.CountPending(), _counters.Snapshot(Runner.CommandsRun));

    public EdgeStatus ReadStatus()
    {
        var worst = _lanes.Worst;
        return new EdgeStatus(
            _options.Device,
            _run.Boot,
            _state.Read().LiveEpoch,
            worst.Reason,
            _time.GetUtcNow() - (_lanes.Now - worst.Since),
            _streams.CountPending(),
            _streams.OldestPendingAt(),
            Commands.CountUnfinished(),
            DeadLetters.Count(),
            Listener.IsConnected,
            _lanes.LastError,
            _heartbeat.OpenStreams(),
            _lanes.Read(),
            _counters.Snapshot(Runner.CommandsRun),
            _access.Managed?.Transport.Credentials?.NotAfter,
            worst.Category is null ? null : _time.GetUtcNow() + (worst.NextAttemptAt - _lanes.Now),
            Room.Read());
    }

    public void Dispose()
    {
        _shown.Dispose();
        Agent.Dispose();
        Listener.Dispose();
        Runner.Dispose();
        Probations.Dispose();
        _client.Dispose();
        _certificates?.Dispose();
        _access.Dispose();
    }

    private double OldestPendingSeconds() => _streams.OldestPendingAt() is { } oldest ? Math.Max(0, _time.GetMicroseconds() - oldest) / 1e6 : 0;

    private void UseCertificate()
    {
        _client.UseCertificate();
        _lanes.RetryIdentity();
        Listener.Reopen();
    }

    private void WakeForIntent(long version)
    {
        if (Agent.NoteIntent(version))
        {
            Agent.Wake();
        }
    }
}
