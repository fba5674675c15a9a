using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What a check of rows against their digests found.</summary>
/// <param name="Mended">Digests that were damaged and could be computed again.</param>
/// <param name="Corrupt">Rows that were altered: set aside and declared as gaps.</param>
internal sealed record DamageFound(int Mended, int Corrupt);

/// <summary>Rows altered at rest, and rows that must be set aside: declared as gaps, so that a stream never stands still, and kept as dead letters.</summary>
internal sealed class DamageStore(DeviceDatabase database, StreamStore streams, TelemetryStore telemetry)
{
    private const int ChunkRows = 1_000;

    /// <summary>Recomputes the digests of the entries after the stream's cursor, to <paramref name="last"/>.</summary>
    public DamageFound Check(Epoch epoch, long last, long now) => database.Write(() =>
    {
        var stream = streams.Read(epoch);
        return CheckRows(stream, stream.Acked + 1, stream.AckedDigest, last, now);
    });

    /// <summary>
    /// Compares rows with the digests they were stored with, so that no altered row is given a digest that fits it. Call it inside a transaction.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="first">The first number.</param>
    /// <param name="before">D(first - 1); null where it is not known, so that the first row proves nothing of itself.</param>
    /// <param name="last">The last number.</param>
    /// <param name="now">Microseconds since 1970.</param>
    public DamageFound CheckRows(StreamRow stream, long first, Digest? before, long last, long now)
    {
        var (previous, number, found) = (before, first, new DamageFound(0, 0));
        while (number <= last)
        {
            var chunkLast = Math.Min(last, number + ChunkRows - 1);
            var rows = ReadRows(stream.Epoch, number - 1, chunkLast + 1);
            var gapEnds = ReadGapEnds(stream.Epoch, number - 1, chunkLast);
            while (number <= chunkLast)
            {
                if (gapEnds.TryGetValue(number, out var gap))
                {
                    (previous, number) = (gap.DigestAfter, gap.To + 1);
                    continue;
                }

                (previous, found) = rows.TryGetValue(number, out var row) ? CheckRow(stream, rows, number, row, previous, found, now) : (null, found);
                number++;
            }
        }

        return found;
    }

    /// <summary>Sets one reading aside that the control plane refuses as a whole batch.</summary>
    public void SetAsideRefused(Epoch epoch, long number, Digest digest, string detail, long now) =>
        database.Write(() => SetAside(epoch, number, GapReason.DeadLetter, digest, detail, now));

    /// <summary>
    /// Declares numbers after the cursor whose rows are gone. Their digest is gone too, so the rows after them, to the next gap, are chained anew.
    /// </summary>
    /// <returns>The last number declared.</returns>
    public long DeclareMissing(Epoch damaged, long now) => database.Write(() =>
    {
        // Read anew inside the transaction: readings may have been appended since, and they are chained to the head.
        var stream = streams.Read(damaged);
        var epoch = damaged.Value;
        var from = stream.Acked + 1;
        var nextRow = database.Statement("SELECT MIN(seq) FROM telemetry_data WHERE epoch = ?1 AND seq >= ?2").Number(epoch, from) ?? long.MaxValue;
        var nextGap = database.Statement("SELECT MIN(from_seq) FROM gaps WHERE epoch = ?1 AND from_seq >= ?2").Number(epoch, from) ?? long.MaxValue;
        var to = Math.Min(Math.Min(nextRow, nextGap) - 1, stream.Head);
        var digest = to == stream.Head ? stream.HeadDigest : stream.AckedDigest;
        InsertGap(stream.Epoch, from, to, GapReason.Corrupt, digest);
        if (nextRow == to + 1 && to < stream.Head)
        {
            // What was altered becomes a gap with the digest that it was stored with, and what follows that is chained to it already.
            CheckRows(stream, nextRow, null, Math.Min(nextGap - 1, stream.Head), now);
            nextGap = database.Statement("SELECT MIN(from_seq) FROM gaps WHERE epoch = ?1 AND from_seq >= ?2").Number(epoch, nextRow) ?? long.MaxValue;
            Rechain(stream, nextRow, Math.Min(nextGap - 1, stream.Head), digest);
        }

        return to;
    });

    private void Rechain(StreamRow stream, long from, long to, Digest digest)
    {
        var number = from;
        while (number <= to)
        {
            var last = Math.Min(to, number + ChunkRows - 1);
            var rows = ReadRows(stream.Epoch, number - 1, last);
            for (; number <= last; number++)
            {
                if (!rows.TryGetValue(number, out var row))
                {
                    // Another hole: what follows it is chained anew when the cursor has come to it.
                    return;
                }

                digest = DigestChain.Next(digest, row.Reading);
                database.Statement("UPDATE telemetry_data SET digest = ?3 WHERE epoch = ?1 AND seq = ?2").Execute(stream.Epoch.Value, number, digest.ToArray());
            }
        }

        if (to == stream.Head)
        {
            database.Statement("UPDATE streams SET head_digest = ?2 WHERE epoch = ?1").Execute(stream.Epoch.Value, digest.ToArray());
            database.Forget();
        }
    }

    private (Digest? Digest, DamageFound Found) CheckRow(
        StreamRow stream, Dictionary<long, StoredRow> rows, long number, StoredRow row, Digest? previous, DamageFound found, long now)
    {
        if (previous is not { } before || DigestChain.Next(before, row.Reading) is var computed && computed == row.Digest)
        {
            return (row.Digest, found);
        }

        if (Continues(stream, rows, number, computed))
        {
            database.Statement("UPDATE telemetry_data SET digest = ?3 WHERE epoch = ?1 AND seq = ?2").Execute(stream.Epoch.Value, number, computed.ToArray());
            return (computed, found with { Mended = found.Mended + 1 });
        }

        // What follows the head is chained to the head's own copy of the digest.
        var stored = number == stream.Head ? stream.HeadDigest : row.Digest;
        SetAside(stream.Epoch, number, GapReason.Corrupt, stored, "its digest no longer fits what the row holds", now);
        return (stored, found with { Corrupt = found.Corrupt + 1 });
    }

    // If the computed digest leads to what is stored next, the row is whole and only its stored digest was damaged.
    private static bool Continues(StreamRow stream, Dictionary<long, StoredRow> rows, long number, Digest computed) =>
        number == stream.Head
            ? computed == stream.HeadDigest
            : rows.TryGetValue(number + 1, out var next) && DigestChain.Next(computed, next.Reading) == next.Digest;

    private void SetAside(Epoch epoch, long number, GapReason reason, Digest digest, string detail, long now)
    {
        database.Statement(
            """
            INSERT OR IGNORE INTO dead_letters (epoch, seq, sensor, recorded_at, value, payload, replay_of, cause, detail, at)
            SELECT t.epoch, t.seq, COALESCE(s.name, ''), t.recorded_at, t.value, t.payload, t.replay_of, ?3, ?4, ?5
            FROM telemetry_data t LEFT JOIN sensors s ON s.id = t.sensor_id WHERE t.epoch = ?1 AND t.seq = ?2
            """).Execute(epoch.Value, number, Words.Of(reason), detail, now);
        database.Statement("DELETE FROM telemetry_data WHERE epoch = ?1 AND seq = ?2").Execute(epoch.Value, number);
        InsertGap(epoch, number, number, reason, digest);
    }

    private void InsertGap(Epoch epoch, long from, long to, GapReason reason, Digest digest) =>
        database.Statement("INSERT INTO gaps (epoch, from_seq, to_seq, reason, digest_after) VALUES (?1, ?2, ?3, ?4, ?5)")
            .Execute(epoch.Value, from, to, Words.Of(reason), digest.ToArray());

    private Dictionary<long, StoredRow> ReadRows(Epoch epoch, long after, long last)
    {
        var rows = new Dictionary<long, StoredRow>();
        using var reader = database.Statement(
            "SELECT seq, sensor_id, recorded_at, value, payload, replay_of, digest FROM telemetry_data WHERE epoch = ?1 AND seq > ?2 AND seq <= ?3")
            .Read(epoch.Value, after, last);
        while (reader.Read())
        {
            var reading = telemetry.ReadingAt(reader, 1);
            rows.Add(reader.GetInt64(0), new StoredRow(reading, reader.GetDigest(6)));
        }

        return rows;
    }

    private Dictionary<long, Gap> ReadGapEnds(Epoch epoch, long after, long last)
    {
        var gaps = new Dictionary<long, Gap>();
        using var reader = database.Statement(
            "SELECT from_seq, to_seq, digest_after FROM gaps WHERE epoch = ?1 AND from_seq > ?2 AND from_seq <= ?3").Read(epoch.Value, after, last);
        while (reader.Read())
        {
            gaps.Add(reader.GetInt64(0), new Gap(reader.GetInt64(0), reader.GetInt64(1), GapReason.None, reader.GetDigest(2)));
        }

        return gaps;
    }

    private sealed record StoredRow(Reading Reading, Digest Digest);
}
