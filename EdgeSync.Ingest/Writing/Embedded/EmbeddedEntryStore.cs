using System.Data.Common;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>The rows that accepted batches add: what accounts for each number.</summary>
internal static class EmbeddedEntryStore
{
    private const string InsertReading = """
        INSERT INTO telemetry_data (device_id, recorded_at, epoch, seq, sensor, value, payload, replay_of, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private const string InsertRefusal =
        "INSERT INTO refusals (device_id, epoch, seq, reason, digest, digest_before, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    private const string InsertGap =
        "INSERT INTO gaps (device_id, epoch, from_seq, to_seq, reason, digest_after, digest_before, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    private const string InsertCheckpoint = """
        INSERT INTO checkpoints (device_id, epoch, seq, digest, recorded_min, recorded_max, received_min, received_max)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string InsertClockOffset =
        "INSERT INTO clock_offsets (device_id, epoch, first_seq, last_seq, offset_us, received_at) VALUES ($1, $2, $3, $4, $5, $6)";

    public static void Insert(IReadOnlyList<AppendPlan> plans, long clockOffsetMaxMicroseconds, DbTransaction transaction)
    {
        InsertReadings(plans, transaction);
        InsertRefusals(plans, transaction);
        InsertGaps(plans, transaction);
        InsertCheckpoints(plans, transaction);
        InsertClockOffsets(plans, clockOffsetMaxMicroseconds, transaction);
    }

    private static void InsertReadings(IReadOnlyList<AppendPlan> plans, DbTransaction transaction)
    {
        using var insert = new Statement(transaction, InsertReading, 9);
        foreach (var plan in plans)
        {
            var device = plan.Stream.Device;
            foreach (var row in plan.Rows)
            {
                var reading = plan.Source.ReadingAt(row.Index);
                insert.Execute(
                    device, reading.RecordedAt, plan.Stream.Epoch.Value, row.Number, reading.Sensor, reading.Value, reading.Payload, reading.ReplayOf?.ToString(), plan.ReceivedAt);
            }
        }
    }

    private static void InsertRefusals(IReadOnlyList<AppendPlan> plans, DbTransaction transaction)
    {
        using var insert = new Statement(transaction, InsertRefusal, 7);
        foreach (var plan in plans)
        {
            foreach (var refusal in plan.Refusals)
            {
                insert.Execute(
                    plan.Stream.Device, plan.Stream.Epoch.Value, refusal.Number, Words.Of(refusal.Reason), refusal.Digest.ToArray(), refusal.Before.ToArray(), plan.ReceivedAt);
            }
        }
    }

    private static void InsertGaps(IReadOnlyList<AppendPlan> plans, DbTransaction transaction)
    {
        using var insert = new Statement(transaction, InsertGap, 8);
        foreach (var plan in plans)
        {
            foreach (var (gap, before) in plan.Gaps)
            {
                insert.Execute(
                    plan.Stream.Device, plan.Stream.Epoch.Value, gap.From, gap.To, Words.Of(gap.Reason), gap.DigestAfter.ToArray(), before.ToArray(), plan.ReceivedAt);
            }
        }
    }

    private static void InsertCheckpoints(IReadOnlyList<AppendPlan> plans, DbTransaction transaction)
    {
        using var insert = new Statement(transaction, InsertCheckpoint, 8);
        foreach (var plan in plans)
        {
            foreach (var (number, digest, block) in plan.Checkpoints)
            {
                insert.Execute(
                    plan.Stream.Device, plan.Stream.Epoch.Value, number, digest.ToArray(), block.RecordedMin, block.RecordedMax, block.ReceivedMin, block.ReceivedMax);
            }
        }
    }

    private static void InsertClockOffsets(IReadOnlyList<AppendPlan> plans, long clockOffsetMaxMicroseconds, DbTransaction transaction)
    {
        using var insert = new Statement(transaction, InsertClockOffset, 6);
        foreach (var plan in plans)
        {
            if (Math.Abs(plan.ClockOffset) > clockOffsetMaxMicroseconds)
            {
                insert.Execute(plan.Stream.Device, plan.Stream.Epoch.Value, plan.First, plan.After.Watermark, plan.ClockOffset, plan.ReceivedAt);
            }
        }
    }
}
