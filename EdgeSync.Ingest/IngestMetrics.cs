using System.Diagnostics.Metrics;

namespace EdgeSync.Ingest;

/// <summary>What operators see of ingest; callers say what happened.</summary>
internal sealed class IngestMetrics
{
    public const string MeterName = "EdgeSync.Ingest";

    private readonly Counter<long> _writes;
    private readonly Counter<long> _readings;
    private readonly Counter<long> _verified;
    private readonly Counter<long> _damaged;
    private readonly Counter<long> _repaired;
    private readonly Counter<long> _receipts;
    private readonly Histogram<double> _commitSeconds;
    private readonly Histogram<int> _commitRows;

    public IngestMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _writes = meter.CreateCounter<long>("edgesync.ingest.writes", "{write}", "Batches and heartbeats by outcome.");
        _readings = meter.CreateCounter<long>("edgesync.ingest.readings", "{reading}", "Readings: stored, refused, replayed because they were there already, or expired.");
        _verified = meter.CreateCounter<long>("edgesync.ingest.verified", "{reading}", "Readings that were recomputed from their rows by the control plane itself.");
        _damaged = meter.CreateCounter<long>("edgesync.ingest.damaged_ranges", "{range}", "Times that a stream was found to be damaged, or to be damaged further.");
        _repaired = meter.CreateCounter<long>("edgesync.ingest.repaired", "{entry}", "Entries and digests that were mended.");
        _receipts = meter.CreateCounter<long>("edgesync.ingest.receipts", "{receipt}", "Durability receipts that were signed.");
        _commitSeconds = meter.CreateHistogram<double>("edgesync.ingest.commit.duration", "s", "Transactions of groups of writes.");
        _commitRows = meter.CreateHistogram<int>("edgesync.ingest.commit.rows", "{row}", "Rows in a group of writes.");
    }

    public void Committed(TimeSpan duration, int rows)
    {
        _commitSeconds.Record(duration.TotalSeconds);
        _commitRows.Record(rows);
    }

    public void Answered(WriteOutcome outcome)
    {
        Count(1, outcome switch
        {
            WriteOutcome.Acknowledged => "acknowledged",
            WriteOutcome.HeartbeatKept => "heartbeat",
            WriteOutcome.Conflict conflict => conflict.Type.Code,
            WriteOutcome.StaleBoot => "stale-boot",
            WriteOutcome.CloneProved => "clone-proved",
            WriteOutcome.QueueFull => "overloaded",
            _ => "unavailable",
        });
        if (outcome is WriteOutcome.Acknowledged done)
        {
            CountReadings(done.Stored, "stored");
            CountReadings(done.Refused, "refused");
            CountReadings(done.Replayed, "replayed");
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

    private void Count(int writes, string outcome) => _writes.Add(writes, new KeyValuePair<string, object?>("outcome", outcome));

    private void CountReadings(int readings, string outcome)
    {
        if (readings > 0)
        {
            _readings.Add(readings, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }
}
