using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>Copies the readings of a damaged file that were not acknowledged, around what cannot be read. What is missing between them is found by its numbers later.</summary>
internal sealed class SalvageReadingStore(SqliteConnection damaged, SqliteConnection fresh, DeviceId device)
{
    private const int FailuresMax = 200_000;
    private const int FailuresPerStep = 10_000;
    private const int StreamsMax = 1_000;

    /// <summary>Readings copied.</summary>
    public long Count { get; private set; }

    /// <summary>Whether some could not be read.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Copies them for the streams that the new file has already, and makes those whose cursors could not be read.</summary>
    /// <returns>Numbers of which nothing could be read; null when cursors are among what could not.</returns>
    public long? Copy(long now)
    {
        long? lost = 0;
        var streams = ReadStreams();
        foreach (var (epoch, acked, head) in streams)
        {
            var copied = CopyRows(epoch, acked, head);
            lost += head - acked - copied - CountInGaps(epoch, acked, head);
        }

        foreach (var epoch in FindEpochs().Except(streams.Select(stream => stream.Epoch)))
        {
            // What the control plane has of it is told by its answers: numbers at or below its watermark change nothing.
            CopyRows(epoch, 0, LastOf(epoch));
            MakeStream(epoch, now);
            lost = null;
        }

        return streams.Count == 0 ? null : lost;
    }

    private long CopyRows(long epoch, long after, long last)
    {
        using var select = new Statement(
            damaged, "SELECT seq, epoch, sensor_id, recorded_at, value, payload, digest, replay_of FROM telemetry_data WHERE epoch = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq");
        using var insert = new Statement(
            fresh, "INSERT INTO telemetry_data (seq, epoch, sensor_id, recorded_at, value, payload, digest, replay_of) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        var (gaps, values) = (ReadGaps(epoch), new object[8]);
        var (copied, failures) = (0L, 0);
        for (after = Skip(gaps, after); after < last && failures < FailuresMax; after = Skip(gaps, after))
        {
            try
            {
                using var reader = select.Read(epoch, after, last);
                // Numbers have no holes but the gaps: another one than the next is garbage, and so may be the end.
                while (reader.Read() && reader.GetInt64(0) == after + 1)
                {
                    reader.GetValues(values);
                    copied += SalvageRules.IsDigest(values[6]) ? insert.Execute(values) : 0;
                    after = Skip(gaps, after + 1);
                }
            }
            catch (SqliteException e) when (StorageRules.IsDamage(e) || StorageRules.IsOfOneRow(e))
            {
                IsIncomplete = true;
            }

            if (after < last)
            {
                // The first number behind what cannot be read is looked for.
                IsIncomplete = true;
                failures++;
                after += 1 + (failures / FailuresPerStep);
            }
        }

        Count += copied;
        return copied;
    }

    private Dictionary<long, long> ReadGaps(long epoch)
    {
        var gaps = new Dictionary<long, long>();
        using var select = new Statement(fresh, "SELECT from_seq, to_seq FROM gaps WHERE epoch = ?1");
        using var reader = select.Read(epoch);
        while (reader.Read())
        {
            gaps[reader.GetInt64(0)] = reader.GetInt64(1);
        }

        return gaps;
    }

    private static long Skip(Dictionary<long, long> gaps, long after)
    {
        while (gaps.TryGetValue(after + 1, out var to))
        {
            after = to;
        }

        return after;
    }

    private void MakeStream(long epoch, long now)
    {
        var origin = DigestChain.Origin(device, new Epoch(epoch)).ToArray();
        Execute(
            """
            INSERT INTO streams (epoch, ordinal, head, head_digest, acked, acked_digest, retained_after_digest, opened_at, reason)
            SELECT ?1, (SELECT COALESCE(MAX(ordinal), 0) + 1 FROM streams), seq, digest, 0, ?2, ?2, ?3, 'found in a damaged file'
            FROM telemetry_data WHERE epoch = ?1 ORDER BY seq DESC LIMIT 1
            """,
            epoch, origin, now);
    }

    private List<(long Epoch, long Acked, long Head)> ReadStreams()
    {
        var streams = new List<(long, long, long)>();
        using var select = new Statement(fresh, "SELECT epoch, acked, head FROM streams ORDER BY ordinal");
        using var reader = select.Read();
        while (reader.Read())
        {
            streams.Add((reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)));
        }

        return streams;
    }

    private long CountInGaps(long epoch, long acked, long head)
    {
        Execute("DELETE FROM gaps WHERE epoch = ?1 AND (to_seq <= ?2 OR from_seq > ?3)", epoch, acked, head);
        using var select = new Statement(fresh, "SELECT SUM(MIN(to_seq, ?3) - MAX(from_seq, ?2 + 1) + 1) FROM gaps WHERE epoch = ?1");
        return select.Number(epoch, acked, head) ?? 0;
    }

    private HashSet<long> FindEpochs()
    {
        var epochs = new HashSet<long>();
        using var up = new Statement(damaged, "SELECT epoch FROM telemetry_data WHERE epoch > ?1 ORDER BY epoch LIMIT 1");
        using var down = new Statement(damaged, "SELECT epoch FROM telemetry_data WHERE epoch < ?1 ORDER BY epoch DESC LIMIT 1");
        foreach (var (next, from) in new[] { (up, 0L), (down, long.MaxValue) })
        {
            try
            {
                for (var epoch = next.Number(from); epoch > 0 && epochs.Count < StreamsMax; epoch = next.Number(epoch))
                {
                    epochs.Add(epoch.Value);
                }
            }
            catch (SqliteException e) when (StorageRules.IsDamage(e))
            {
                IsIncomplete = true;
            }
        }

        return epochs;
    }

    private long LastOf(long epoch)
    {
        try
        {
            using var select = new Statement(damaged, "SELECT MAX(seq) FROM telemetry_data WHERE epoch = ?1");
            return select.Number(epoch) ?? 0;
        }
        catch (SqliteException e) when (StorageRules.IsDamage(e))
        {
            IsIncomplete = true;
            return long.MaxValue;
        }
    }

    private void Execute(string sql, params object[] values)
    {
        using var statement = new Statement(fresh, sql);
        statement.Execute(values);
    }
}
