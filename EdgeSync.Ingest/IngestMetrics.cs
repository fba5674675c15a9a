using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>What operators see of ingest; callers say what happened. docs/observability.md has every name.</summary>
internal sealed class IngestMetrics
{
    public const string MeterName = "EdgeSync.Ingest";

    private readonly Meter _meter;
    private readonly Counter<long> _writes;
    private readonly Counter<long> _readings;
    private readonly Counter<long> _verified;
    private readonly Counter<long> _damaged;
    private readonly Counter<long> _repaired;
    private readonly Counter<long> _receipts;
    private readonly Histogram<double> _commitSeconds;
    private readonly Histogram<int> _commitRows;
    private readonly Histogram<int> _commitWrites;
    private readonly Histogram<double> _latency;
    private readonly Histogram<double> _clockOffset;

    public IngestMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _writes = _meter.CreateCounter<long>("edgesync.ingest.writes", "{write}", "Batches and heartbeats by outcome.");
        _readings = _meter.CreateCounter<long>("edgesync.ingest.readings", "{reading}", "Readings: stored, refused, replayed because they were there already, dropped by the device, or expired.");
        _verified = _meter.CreateCounter<long>("edgesync.ingest.verified", "{reading}", "Readings that were recomputed from their rows by the control plane itself.");
        _damaged = _meter.CreateCounter<long>("edgesync.ingest.damaged_ranges", "{range}", "Times that a stream was found to be damaged, or to be damaged further.");
        _repaired = _meter.CreateCounter<long>("edgesync.ingest.repaired", "{entry}", "Entries and digests that were mended.");
        _receipts = _meter.CreateCounter<long>("edgesync.ingest.receipts", "{receipt}", "Durability receipts that were signed.");
        _commitSeconds = _meter.CreateHistogram("edgesync.ingest.commit.duration", "s", "Transactions of groups of writes.", advice: HistogramBuckets.Work);
        _commitRows = _meter.CreateHistogram("edgesync.ingest.commit.rows", "{row}", "Rows in a group of writes.", advice: HistogramBuckets.Sizes);
        _commitWrites = _meter.CreateHistogram("edgesync.ingest.commit.writes", "{write}", "Batches and heartbeats in a group.", advice: HistogramBuckets.Sizes);
        _latency = _meter.CreateHistogram("edgesync.ingest.latency", "s", "From a reading's time to its commit, of the oldest and the newest reading of each batch.", advice: HistogramBuckets.Delay);
        _clockOffset = _meter.CreateHistogram("edgesync.ingest.clock.offset", "s", "How far a device's clock is off, with each heartbeat.", advice: HistogramBuckets.Delay);
    }

    /// <summary>The same as the metric of latencies, for whoever asks the control plane and collects no metrics.</summary>
    public LatencyTally Latencies { get; } = new();

    /// <summary>Shows what waits for each writer, and how much may.</summary>
    public void Watch(Func<IEnumerable<int>> queued, int queueWritesMax)
    {
        _meter.CreateObservableGauge("edgesync.ingest.queue.writes", () => queued().Select(Of), "{write}", "Batches and heartbeats that wait for a writer.");
        _meter.CreateObservableGauge("edgesync.ingest.queue.limit", () => queued().Select((_, writer) => Of(queueWritesMax, writer)), "{write}", "So many may wait; more are refused.");

        static Measurement<int> Of(int value, int writer) => new(value, new KeyValuePair<string, object?>("writer", writer));
    }

    /// <summary>Counts a group that was committed.</summary>
    public void Committed(TimeSpan duration, int rows, int writes)
    {
        _commitSeconds.Record(duration.TotalSeconds);
        _commitRows.Record(rows);
        _commitWrites.Record(writes);
    }

    /// <summary>Counts what was answered.</summary>
    /// <param name="request">The write.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="at">When, microseconds since 1970.</param>
    public void Answered(WriteRequest request, WriteOutcome outcome, long at)
    {
        Count(1, outcome.Word);
        if (outcome is WriteOutcome.Acknowledged done)
        {
            CountReadings(done.Replayed, "replayed");
            if (done.Plan is { } plan)
            {
                Stored(plan, at);
            }
        }
        else if (outcome is WriteOutcome.HeartbeatKept)
        {
            _clockOffset.Record(
                Math.Abs(request.ClockOffsetMicroseconds) / 1e6,
                new KeyValuePair<string, object?>("direction", request.ClockOffsetMicroseconds < 0 ? "behind" : "ahead"));
        }
    }

    public void Expired(int readings) => CountReadings(readings, "expired");

    public void Verified(int readings) => _verified.Add(readings);

    public void Damaged() => _damaged.Add(1);

    public void Repaired(int entries)
    {
        if (entries > 0)
        {
            _repaired.Add(entries);
        }
    }

    public void Signed() => _receipts.Add(1);

    public void Failed(int writes) => Count(writes, "failed");

    private void Stored(AppendPlan plan, long at)
    {
        CountReadings(plan.Rows.Count, "stored");
        foreach (var refusal in plan.Refusals)
        {
            CountReadings(1, "refused", Words.Of(refusal.Reason));
        }

        foreach (var gap in plan.Gaps)
        {
            CountReadings(gap.Gap.Count, "dropped", Words.Of(gap.Gap.Reason));
        }

        if (SyncLatency.Of(plan, at) is { } latency)
        {
            Latencies.Add(latency.Oldest, at);
            _latency.Record(latency.Oldest, new KeyValuePair<string, object?>("reading", "oldest"));
            _latency.Record(latency.Newest, new KeyValuePair<string, object?>("reading", "newest"));
        }
    }

    private void Count(int writes, string outcome) => _writes.Add(writes, new KeyValuePair<string, object?>("outcome", outcome));

    private void CountReadings(long readings, string outcome)
    {
        if (readings > 0)
        {
            _readings.Add(readings, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    private void CountReadings(long readings, string outcome, string reason) =>
        _readings.Add(readings, new KeyValuePair<string, object?>("outcome", outcome), new KeyValuePair<string, object?>("reason", reason));
}
