using System.Diagnostics;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What is known of a device, and its heartbeat when the group brought one.</summary>
internal sealed record DeviceSeen(Boot Newest, long LastSeenAt, long ClockOffsetMicroseconds, HeartbeatRequest? Heartbeat);

/// <summary>
/// A group of writes in memory: a store puts in what it read under its locks, each write is decided upon the state that those before it
/// left, and the store writes what has changed. Pure, so every database decides alike; a refused write leaves no trace.
/// </summary>
/// <param name="serverTime">The control plane's clock, microseconds since 1970.</param>
internal sealed class GroupLedger(long serverTime)
{
    private readonly Dictionary<StreamKey, StreamState> _streams = [];
    private readonly Dictionary<StreamKey, List<RefusedReading>> _refusals = [];
    private readonly Dictionary<DeviceId, long> _intentVersions = [];
    private readonly Dictionary<DeviceId, Heartbeat> _heartbeats = [];
    private readonly Dictionary<StreamKey, NumberRange> _damaged = [];
    private readonly HashSet<StreamKey> _changedStreams = [];
    private readonly Dictionary<DeviceId, DeviceSeen> _changedDevices = [];
    private readonly List<AppendPlan> _plans = [];

    /// <summary>Which runs of device programs wrote.</summary>
    public RunLedger Runs { get; } = new();

    /// <summary>What accepted batches add, in order.</summary>
    public IReadOnlyList<AppendPlan> Plans => _plans;

    public IEnumerable<(StreamKey Key, StreamState State)> ChangedStreams => _changedStreams.Order().Select(key => (key, _streams[key]));

    public IReadOnlyDictionary<DeviceId, DeviceSeen> ChangedDevices => _changedDevices;

    /// <summary>The newest heartbeat of each device that brought one.</summary>
    public IEnumerable<HeartbeatRequest> Heartbeats => _changedDevices.OrderBy(pair => pair.Key).Select(pair => pair.Value.Heartbeat).OfType<HeartbeatRequest>();

    /// <summary>The stream's ledger; null when it was never seen.</summary>
    public StreamState? Stream(StreamKey key) => _streams.GetValueOrDefault(key);

    public void PutStream(StreamKey key, StreamState state) => _streams[key] = state;

    public void PutIntentVersion(DeviceId device, long version) => _intentVersions[device] = version;

    /// <summary>Where a stream was found to be damaged.</summary>
    public void PutDamage(StreamKey key, NumberRange damage) => _damaged[key] = damage;

    /// <summary>The device's last heartbeat, as it is stored.</summary>
    public void PutHeartbeat(DeviceId device, Heartbeat last) => _heartbeats[device] = last;

    /// <summary>A refusal that is stored; it may be put more than once.</summary>
    public void PutRefusal(StreamKey key, RefusedReading refusal) => RefusalsOf(key).Add(refusal);

    /// <summary>Numbers of a batch that may have been refused before: a store puts their refusals in, so that a resend is answered as the first time.</summary>
    public IEnumerable<(long From, long To)> RunsToLookUp(AppendRequest append) => Stream(append.Stream) is { Refused: > 0 } state
        ? append.Batch.ReadingRuns().Where(run => run.From <= state.Watermark).Select(run => (run.From, Math.Min(run.To, state.Watermark)))
        : [];

    public WriteOutcome Decide(WriteRequest request)
    {
        if (Runs.Refuse(request) is { } refused)
        {
            return refused;
        }

        return request switch
        {
            AppendRequest append => Decide(append),
            HeartbeatRequest heartbeat => Keep(heartbeat),
            _ => throw new UnreachableException(),
        };
    }

    private WriteOutcome Decide(AppendRequest request) => AppendDecision.Of(Stream(request.Stream), request.Stream, request.Batch, request.ReceivedAt) switch
    {
        AppendDecision.Append(var plan) => Keep(request, plan),
        AppendDecision.Replayed(var at) => Acknowledge(request, at, null),
        AppendDecision.Hole(var at) => Refuse(ProblemTypes.SequenceHole, request, at),
        AppendDecision.DigestMismatch(var at) => Refuse(ProblemTypes.DigestMismatch, request, at),
        AppendDecision.ContentMismatch(var at) => Refuse(ProblemTypes.ContentMismatch, request, at),
        _ => throw new UnreachableException(),
    };

    private WriteOutcome.Acknowledged Keep(AppendRequest request, AppendPlan plan)
    {
        _plans.Add(plan);
        _streams[plan.Stream] = plan.After;
        _changedStreams.Add(plan.Stream);
        RefusalsOf(plan.Stream).AddRange(plan.Refusals.Select(refusal => new RefusedReading(refusal.Number, refusal.Reason)));
        return Acknowledge(request, plan.After, plan);
    }

    private WriteOutcome.HeartbeatKept Keep(HeartbeatRequest request)
    {
        if (!HeartbeatRules.IsOvertaken(_heartbeats.GetValueOrDefault(request.Device), request.Heartbeat))
        {
            _heartbeats[request.Device] = request.Heartbeat;
            See(request, request);
        }

        var streams = request.Streams.Select(key => new StreamWatermark(key.Epoch, Stream(key)?.Watermark ?? 0, _damaged.GetValueOrDefault(key)));
        return new WriteOutcome.HeartbeatKept(new HeartbeatAck(serverTime, _intentVersions.GetValueOrDefault(request.Device), [.. streams]));
    }

    private WriteOutcome.Acknowledged Acknowledge(AppendRequest request, StreamState state, AppendPlan? plan)
    {
        See(request, null);
        var ack = new TelemetryAck(
            request.Stream.Epoch, state.Watermark, state.Digest, RefusedOf(request), _intentVersions.GetValueOrDefault(request.Device), serverTime);
        return new WriteOutcome.Acknowledged(ack, request.Batch.Batch.ReadingCount - (plan?.Rows.Count ?? 0) - (plan?.Refusals.Count ?? 0), plan);
    }

    private static WriteOutcome.Conflict Refuse(ProblemType type, AppendRequest request, StreamState at) =>
        new(type, request.Stream.Epoch, at.Watermark, at.Digest);

    private void See(WriteRequest request, HeartbeatRequest? heartbeat)
    {
        Runs.See(request);
        heartbeat ??= _changedDevices.GetValueOrDefault(request.Device)?.Heartbeat;
        _changedDevices[request.Device] = new DeviceSeen(request.Boot, request.ReceivedAt, request.ClockOffsetMicroseconds, heartbeat);
    }

    private List<RefusedReading> RefusedOf(AppendRequest request)
    {
        if (!_refusals.TryGetValue(request.Stream, out var known) || known.Count == 0)
        {
            return [];
        }

        var runs = request.Batch.ReadingRuns().ToList();
        return [.. known.Where(refusal => runs.Exists(run => refusal.Number >= run.From && refusal.Number <= run.To)).DistinctBy(refusal => refusal.Number).OrderBy(refusal => refusal.Number)];
    }

    private List<RefusedReading> RefusalsOf(StreamKey key)
    {
        if (!_refusals.TryGetValue(key, out var list))
        {
            _refusals.Add(key, list = []);
        }

        return list;
    }
}
