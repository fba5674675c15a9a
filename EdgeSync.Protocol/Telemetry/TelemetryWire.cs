using Google.Protobuf;
using Google.Protobuf.Collections;

namespace EdgeSync.Protocol;

/// <summary>Between the generated message and the batch: deltas to times, sparse columns to full ones, and every check that the columns fit together.</summary>
internal static class TelemetryWire
{
    public static Wire.TelemetryBatch From(TelemetryBatch batch)
    {
        var wire = new Wire.TelemetryBatch
        {
            Epoch = batch.Epoch.Value,
            First = batch.First,
            DigestBefore = ByteString.CopyFrom(batch.DigestBefore.ToArray()),
            DigestAfter = ByteString.CopyFrom(batch.DigestAfter.ToArray()),
            Boot = batch.Boot.Number,
            Nonce = batch.Boot.Nonce,
            SentAt = batch.SentAt,
            StartTime = batch.ReadingCount == 0 ? 0 : batch.RecordedAt[0],
        };
        wire.Sensors.AddRange(batch.Sensors);
        wire.SensorIndexes.Capacity = wire.TimeDeltas.Capacity = wire.Values.Capacity = batch.ReadingCount;
        var previous = wire.StartTime;
        for (var i = 0; i < batch.ReadingCount; i++)
        {
            wire.SensorIndexes.Add((uint)batch.SensorIndexes[i]);
            // Wraps around for times further apart than 2^63 microseconds, and back again when read.
            wire.TimeDeltas.Add(unchecked(batch.RecordedAt[i] - previous));
            previous = batch.RecordedAt[i];
            if (batch.Values[i] is { } value)
            {
                wire.Values.Add(value);
            }
            else
            {
                wire.WithoutValue.Add((uint)i);
            }

            if (batch.Payloads.Length > 0 && batch.Payloads[i] is { } payload)
            {
                wire.PayloadPlaces.Add((uint)i);
                wire.Payloads.Add(payload);
            }

            if (batch.ReplaysOf.Length > 0 && batch.ReplaysOf[i] is { } replayed)
            {
                wire.ReplayPlaces.Add((uint)i);
                wire.ReplayEpochs.Add(replayed.Epoch.Value);
                wire.ReplayNumbers.Add(replayed.Number);
            }
        }

        wire.Gaps.AddRange(batch.Gaps.Select(gap => new Wire.Gap
        {
            From = gap.From,
            To = gap.To,
            Reason = (Wire.GapReason)gap.Reason,
            DigestAfter = ByteString.CopyFrom(gap.DigestAfter.ToArray()),
        }));
        return wire;
    }

    public static TelemetryBatch ToBatch(Wire.TelemetryBatch wire)
    {
        var count = wire.TimeDeltas.Count;
        Require(wire.Epoch > 0, "epoch must be positive");
        Require(wire.First > 0, "first must be 1 or more");
        Require(wire.Boot > 0, "boot must be 1 or more");
        Require(Microseconds.IsRepresentable(wire.SentAt), "sentAt lies outside the years 1 to 9999");
        Require(count <= Limits.BatchReadingsMax, $"a batch has at most {Limits.BatchReadingsMax} readings; send fewer at once");
        Require(wire.Sensors.Count <= Limits.BatchSensorsMax, $"a batch has at most {Limits.BatchSensorsMax} sensors");
        Require(wire.SensorIndexes.Count == count, "sensorIndexes and timeDeltas must have the same length");
        Require(wire.Values.Count + wire.WithoutValue.Count == count, "values and withoutValue together must have the length of timeDeltas");
        Require(wire.PayloadPlaces.Count == wire.Payloads.Count, "payloadPlaces and payloads must have the same length");
        var batch = new TelemetryBatch
        {
            Epoch = new Epoch(wire.Epoch),
            First = wire.First,
            DigestBefore = ToDigest(wire.DigestBefore, "digestBefore"),
            DigestAfter = ToDigest(wire.DigestAfter, "digestAfter"),
            Boot = new Boot(wire.Boot, wire.Nonce),
            SentAt = wire.SentAt,
            Sensors = wire.Sensors,
            SensorIndexes = ToIndexes(wire.SensorIndexes, wire.Sensors.Count),
            RecordedAt = ToTimes(wire.StartTime, wire.TimeDeltas),
            Values = ToValues(wire.Values, wire.WithoutValue, count),
            Payloads = ToPayloads(wire.PayloadPlaces, wire.Payloads, count),
            ReplaysOf = ToReplays(wire, count),
            Gaps = ToGaps(wire),
        };
        Require(batch.Gaps.Count + count > 0, "a batch has at least one entry");
        Require(batch.Gaps.Count == 0 || batch.Gaps[^1].To <= batch.Last, "a gap lies outside the batch");
        return batch;
    }

    private static int[] ToIndexes(RepeatedField<uint> indexes, int sensors)
    {
        var result = new int[indexes.Count];
        for (var i = 0; i < result.Length; i++)
        {
            Require(indexes[i] < sensors, $"sensorIndexes[{i}] points outside sensors");
            result[i] = (int)indexes[i];
        }

        return result;
    }

    private static long[] ToTimes(long start, RepeatedField<long> deltas)
    {
        var result = new long[deltas.Count];
        var time = start;
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = time = unchecked(time + deltas[i]);
        }

        return result;
    }

    private static double?[] ToValues(RepeatedField<double> values, RepeatedField<uint> without, int count)
    {
        var result = new double?[count];
        var absent = 0;
        for (var i = 0; i < count; i++)
        {
            if (absent < without.Count && without[absent] == i)
            {
                absent++;
            }
            else
            {
                Require(i - absent < values.Count, "withoutValue must be ascending places inside the batch");
                result[i] = values[i - absent];
            }
        }

        Require(absent == without.Count, "withoutValue must be ascending places inside the batch");
        return result;
    }

    private static string?[] ToPayloads(RepeatedField<uint> places, RepeatedField<string> payloads, int count)
    {
        RequirePlaces(places, count, "payloadPlaces");
        var result = places.Count == 0 ? [] : new string?[count];
        for (var i = 0; i < places.Count; i++)
        {
            result[places[i]] = payloads[i];
        }

        return result;
    }

    private static EntryName?[] ToReplays(Wire.TelemetryBatch wire, int count)
    {
        var places = wire.ReplayPlaces;
        RequirePlaces(places, count, "replayPlaces");
        Require(wire.ReplayEpochs.Count == places.Count && wire.ReplayNumbers.Count == places.Count, "replayPlaces, replayEpochs and replayNumbers must have the same length");
        var result = places.Count == 0 ? [] : new EntryName?[count];
        for (var i = 0; i < places.Count; i++)
        {
            Require(wire.ReplayEpochs[i] > 0 && wire.ReplayNumbers[i] > 0, "replayEpochs and replayNumbers must be positive");
            result[places[i]] = new EntryName(new Epoch(wire.ReplayEpochs[i]), wire.ReplayNumbers[i]);
        }

        return result;
    }

    private static void RequirePlaces(RepeatedField<uint> places, int count, string field)
    {
        for (var i = 0; i < places.Count; i++)
        {
            Require(places[i] < count && (i == 0 || places[i] > places[i - 1]), $"{field} must be ascending places inside the batch");
        }
    }

    private static Gap[] ToGaps(Wire.TelemetryBatch wire)
    {
        Require(wire.Gaps.Count <= Limits.BatchGapsMax, $"a batch has at most {Limits.BatchGapsMax} gaps");
        var next = wire.First;
        var gaps = new Gap[wire.Gaps.Count];
        for (var i = 0; i < gaps.Length; i++)
        {
            var gap = wire.Gaps[i];
            Require(gap.From >= next && gap.To >= gap.From && gap.To < long.MaxValue - Limits.BatchReadingsMax, $"gaps[{i}] must be ascending, not empty and inside the batch");
            Require(gap.Reason is > Wire.GapReason.Unspecified and <= Wire.GapReason.Corrupt, $"gaps[{i}] needs a reason that this server knows");
            gaps[i] = new Gap(gap.From, gap.To, (GapReason)gap.Reason, ToDigest(gap.DigestAfter, $"gaps[{i}].digestAfter"));
            next = gap.To + 1;
        }

        return gaps;
    }

    internal static Digest ToDigest(ByteString bytes, string field)
    {
        Require(bytes.Length == Digest.Bytes, $"{field} must have {Digest.Bytes} bytes");
        return new Digest(bytes.Span);
    }

    internal static void Require(bool fits, string message)
    {
        if (!fits)
        {
            throw new MalformedBatchException($"The columns do not fit: {message}.");
        }
    }
}
