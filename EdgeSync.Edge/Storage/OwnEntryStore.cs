using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Reads the device's own acknowledged entries to verify them, a chunk at a time so that sensors need not wait, and puts back what was damaged.</summary>
internal sealed class OwnEntryStore(DeviceDatabase database, TelemetryStore telemetry, DeviceId device)
{
    private const int ChunkRows = 1_000;

    /// <summary>A <see cref="RangeDigest"/> for each part of a range, without the numbers that the control plane accounts for without a reading.</summary>
    public byte[] ReadDigests(Epoch epoch, VerifyRange range, IReadOnlyList<NumberRange> unstored)
    {
        var parts = range.Split().ToList();
        var digests = new byte[parts.Count * RangeDigest.Bytes];
        using var digest = new RangeDigest();
        foreach (var (place, part) in parts.Index())
        {
            AddPart(epoch, part, unstored, digest);
            digest.Finish(digests.AsSpan(place * RangeDigest.Bytes));
        }

        return digests;
    }

    /// <summary>Some numbers with what surrounds them.</summary>
    public OwnRun ReadRun(Epoch epoch, NumberRange range) => database.Read(() =>
    {
        var rows = ReadRows(epoch, range.From - 1, range.To + 1).ToDictionary(row => row.Number);
        var gaps = ReadGaps(epoch, range.From - 1, range.To);
        var anchors = ReadAnchors(epoch);
        Digest? before = anchors.TryGetValue(range.From - 1, out var anchor) ? anchor
            : gaps.Find(gap => gap.To == range.From - 1) is { To: > 0 } gap ? gap.DigestAfter
            : rows.TryGetValue(range.From - 1, out var row) ? row.Digest : null;
        return new OwnRun(range, before, rows, gaps, anchors);
    });

    /// <summary>D at numbers, as far as the device knows them without looking at what it has between.</summary>
    public Digest? ReadDigest(Epoch epoch, long number) => ReadRun(epoch, new NumberRange(number + 1, number)).Before;

    /// <summary>Puts rows back.</summary>
    public void Restore(Epoch epoch, IReadOnlyList<OwnRow> rows) => database.Write(() =>
    {
        foreach (var (number, reading, digest) in rows)
        {
            database.Statement(
                """
                INSERT INTO telemetry_data (epoch, seq, sensor_id, recorded_at, value, payload, digest, replay_of) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT (epoch, seq) DO UPDATE SET sensor_id = excluded.sensor_id, recorded_at = excluded.recorded_at, value = excluded.value,
                  payload = excluded.payload, digest = excluded.digest, replay_of = excluded.replay_of
                """).Execute(epoch.Value, number, telemetry.SensorId(reading.Sensor), reading.RecordedAt, reading.Value, reading.Payload, digest.ToArray(), reading.ReplayOf?.ToString());
        }
    });

    private void AddPart(Epoch epoch, NumberRange part, IReadOnlyList<NumberRange> unstored, RangeDigest digest)
    {
        var gaps = database.Read(() => ReadGaps(epoch, part.From, part.To));
        var (nextGap, nextUnstored) = (0, 0);
        for (var after = part.From - 1; after < part.To; after += ChunkRows)
        {
            var to = Math.Min(part.To, after + ChunkRows);
            foreach (var row in database.Read(() => ReadRows(epoch, after + 1, to)))
            {
                AddGaps(row.Number);
                if (!IsUnstored(row.Number, row.Number))
                {
                    digest.Add(row.Number, row.Reading);
                }
            }
        }

        AddGaps(long.MaxValue);

        void AddGaps(long before)
        {
            for (; nextGap < gaps.Count && gaps[nextGap].From < before; nextGap++)
            {
                var (from, to) = (Math.Max(part.From, gaps[nextGap].From), Math.Min(part.To, gaps[nextGap].To));
                if (!IsUnstored(from, to))
                {
                    digest.AddGap(from, to);
                }
            }
        }

        // Both ascend.
        bool IsUnstored(long from, long to)
        {
            while (nextUnstored < unstored.Count && unstored[nextUnstored].To < from)
            {
                nextUnstored++;
            }

            return nextUnstored < unstored.Count && unstored[nextUnstored].From <= from && to <= unstored[nextUnstored].To;
        }
    }

    private List<OwnRow> ReadRows(Epoch epoch, long from, long to)
    {
        var rows = new List<OwnRow>();
        using var reader = database.Statement(
            "SELECT seq, sensor_id, recorded_at, value, payload, replay_of, digest FROM telemetry_data WHERE epoch = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq")
            .Read(epoch.Value, from, to);
        while (reader.Read())
        {
            var reading = telemetry.ReadingAt(reader, 1);
            rows.Add(new OwnRow(reader.GetInt64(0), reading, reader.GetDigest(6)));
        }

        return rows;
    }

    private List<Gap> ReadGaps(Epoch epoch, long from, long to)
    {
        var gaps = new List<Gap>();
        using var reader = database.Statement(
            "SELECT from_seq, to_seq, reason, digest_after FROM gaps WHERE epoch = ?1 AND from_seq <= ?3 AND to_seq >= ?2 ORDER BY from_seq").Read(epoch.Value, from, to);
        while (reader.Read())
        {
            gaps.Add(new Gap(reader.GetInt64(0), reader.GetInt64(1), Words.TryParse<GapReason>(reader.GetString(2), out var reason) ? reason : GapReason.Corrupt, reader.GetDigest(3)));
        }

        return gaps;
    }

    private Dictionary<long, Digest> ReadAnchors(Epoch epoch)
    {
        var anchors = new Dictionary<long, Digest>();
        using var reader = database.Statement("SELECT retained_after, retained_after_digest, acked, acked_digest, head, head_digest FROM streams WHERE epoch = ?1").Read(epoch.Value);
        if (reader.Read())
        {
            for (var column = 0; column < 6; column += 2)
            {
                anchors.TryAdd(reader.GetInt64(column), reader.GetDigest(column + 1));
            }
        }

        anchors[0] = DigestChain.Origin(device, epoch);
        return anchors;
    }
}
