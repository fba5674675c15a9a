using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What a recovery did.</summary>
/// <param name="Epoch">The new stream.</param>
/// <param name="Moved">Numbers of the old stream that got new ones.</param>
internal sealed record Recovered(Epoch Epoch, long Moved);

/// <summary>
/// A file that was rolled back: in one transaction the stream is closed at the last number that both sides have alike, and what comes after
/// it gets new numbers in a new stream. Rows are moved, not copied; nothing is skipped that was not sent.
/// </summary>
internal sealed class RollbackStore(DeviceDatabase database, TelemetryStore telemetry, StreamStore streams, DamageStore damage, DeviceId device)
{
    private const int ChunkRows = 1_000;

    /// <summary>Closes the stream at the last number that is both sides' own; what was refused up to there becomes dead letters.</summary>
    public Recovered CloseAt(Epoch old, CommonHistory common, Entropy entropy, long now, long serverNow) => database.Write(() =>
    {
        var (position, digest) = (common.Position, common.Digest);
        foreach (var refused in common.Refused)
        {
            streams.KeepRefused(old, refused, now);
        }

        var stream = streams.Read(old);
        damage.CheckRows(stream, position + 1, digest, stream.Head, now);
        // With nothing to move there is nothing to recognise again.
        var epoch = ReadChunk(old, position, 1) is [var first] ? old.Branch(position, first.DigestAfter) : entropy.DrawEpoch();
        var origin = DigestChain.Origin(device, epoch);
        var (head, headDigest) = MoveEntries(old, position, epoch, origin);
        if (head > 0 || stream.Live)
        {
            database.Statement(
                """
                INSERT INTO streams (epoch, ordinal, head, head_digest, acked, acked_digest, retained_after_digest, opened_at, reason)
                VALUES (?1, (SELECT MAX(ordinal) + 1 FROM streams), ?2, ?3, 0, ?4, ?4, ?5, ?6)
                """).Execute(epoch.Value, head, headDigest.ToArray(), origin.ToArray(), now, FormattableString.Invariant($"{old} was rolled back to {position}"));
        }

        database.Statement(
            """
            UPDATE streams SET head = ?2, head_digest = ?3, acked = ?2, acked_digest = ?3, closed_at = ?2,
                retained_after_digest = CASE WHEN retained_after > ?2 THEN ?3 ELSE retained_after_digest END, retained_after = MIN(retained_after, ?2)
            WHERE epoch = ?1
            """).Execute(old.Value, position, digest.ToArray());
        database.Statement("UPDATE retention_marks SET seq = MIN(seq, ?2) WHERE epoch = ?1").Execute(old.Value, position);
        database.Statement("INSERT OR IGNORE INTO retention_marks (epoch, bucket, seq, acked_at) VALUES (?1, -1, ?2, ?3)").Execute(old.Value, position, serverNow);
        database.Statement("UPDATE device_state SET live_epoch = ?2 WHERE live_epoch = ?1").Execute(old.Value, epoch.Value);
        database.Statement("UPDATE device_state SET config_epoch = ?1, file_epoch = ?2").Execute(entropy.DrawEpoch().Value, epoch.Value);
        database.Forget();
        return new Recovered(epoch, head);
    });

    private (long Head, Digest Digest) MoveEntries(Epoch old, long after, Epoch epoch, Digest digest)
    {
        long number = 0;
        while (ReadChunk(old, after, ChunkRows) is { Count: > 0 } chunk)
        {
            foreach (var entry in chunk)
            {
                if (entry.Reading is { } reading)
                {
                    digest = DigestChain.Next(digest, reading);
                    database.Statement("UPDATE telemetry_data SET epoch = ?3, seq = ?4, digest = ?5 WHERE epoch = ?1 AND seq = ?2")
                        .Execute(old.Value, entry.From, epoch.Value, ++number, digest.ToArray());
                }
                else
                {
                    // What was produced there is gone, so the old chain's digest stands for it in the new one.
                    var count = entry.To - entry.From + 1;
                    digest = DigestChain.Next(digest, new Reading("", count, null, entry.DigestAfter.ToString()));
                    database.Statement("UPDATE gaps SET epoch = ?3, from_seq = ?4, to_seq = ?5, digest_after = ?6 WHERE epoch = ?1 AND from_seq = ?2")
                        .Execute(old.Value, entry.From, epoch.Value, number + 1, number + count, digest.ToArray());
                    database.Statement("UPDATE OR REPLACE dead_letters SET epoch = ?4, seq = seq + ?5 WHERE epoch = ?1 AND seq BETWEEN ?2 AND ?3")
                        .Execute(old.Value, entry.From, entry.To, epoch.Value, number + 1 - entry.From);
                    number += count;
                }

                after = entry.To;
            }
        }

        return (number, digest);
    }

    private List<MovedEntry> ReadChunk(Epoch epoch, long after, int rows)
    {
        var entries = new List<MovedEntry>();
        using var reader = database.Statement(
            """
            SELECT seq, seq, sensor_id, recorded_at, value, payload, replay_of, digest FROM telemetry_data WHERE epoch = ?1 AND seq > ?2
            UNION ALL
            SELECT from_seq, to_seq, NULL, NULL, NULL, NULL, NULL, digest_after FROM gaps WHERE epoch = ?1 AND from_seq > ?2
            ORDER BY 1 LIMIT ?3
            """).Read(epoch.Value, after, rows);
        while (reader.Read())
        {
            Reading? reading = reader.IsDBNull(2)
                ? null
                : telemetry.ReadingAt(reader, 2);
            entries.Add(new MovedEntry(reader.GetInt64(0), reader.GetInt64(1), reading, reader.GetDigest(7)));
        }

        return entries;
    }

    private sealed record MovedEntry(long From, long To, Reading? Reading, Digest DigestAfter);
}
