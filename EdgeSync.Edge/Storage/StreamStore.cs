using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What an acknowledgement did.</summary>
internal enum AckEffect
{
    /// <summary>The cursor moved.</summary>
    Moved,

    /// <summary>It is right and says nothing new.</summary>
    Unmoved,

    /// <summary>It tells of a history that is not the device's own.</summary>
    Diverged,
}

/// <summary>The streams, their cursors, and their digests.</summary>
internal sealed class StreamStore(DeviceDatabase database, DeviceId device)
{
    private const string Columns =
        "epoch, head, head_digest, acked, acked_digest, retained_after, retained_after_digest, epoch = (SELECT live_epoch FROM device_state)";

    /// <summary>Time is kept in this many buckets over the retention.</summary>
    private const int RetentionBuckets = 64;

    /// <summary>Streams with unsent entries, oldest first, at most <see cref="Limits.OpenStreamsMax"/>: the live one before all others; with <paramref name="live"/> also when it has none.</summary>
    public IReadOnlyList<StreamRow> ReadOpen(bool live) => database.Read(() =>
    {
        var rows = new List<StreamRow>();
        using var reader = database.Statement(
            $"""
            SELECT {Columns} FROM streams WHERE epoch IN (
                SELECT epoch FROM streams WHERE head > acked OR (?2 AND epoch = (SELECT live_epoch FROM device_state))
                ORDER BY epoch = (SELECT live_epoch FROM device_state) DESC, ordinal LIMIT ?1)
            ORDER BY ordinal
            """).Read(Limits.OpenStreamsMax, live);
        while (reader.Read())
        {
            rows.Add(Row(reader));
        }

        return rows;
    });

    /// <summary>Streams that could be sent, or sent again, newest first: the live one and those with rows, at most <see cref="Limits.HeartbeatStreamsMax"/>.</summary>
    public IReadOnlyList<StreamRow> ReadKept() => database.Read(() =>
    {
        var rows = new List<StreamRow>();
        using var reader = database.Statement(
            $"""
            SELECT {Columns} FROM streams s WHERE head > acked OR epoch = (SELECT live_epoch FROM device_state)
                OR EXISTS (SELECT 1 FROM telemetry_data t WHERE t.epoch = s.epoch)
            ORDER BY ordinal DESC LIMIT ?1
            """).Read(Limits.HeartbeatStreamsMax);
        while (reader.Read())
        {
            rows.Add(Row(reader));
        }

        return rows;
    });

    public StreamRow Read(Epoch epoch) => database.Read(() => Select(epoch));

    /// <summary>Entries not yet acknowledged, over all streams.</summary>
    public long CountPending() => database.Read(() => database.Statement("SELECT SUM(head - acked) FROM streams").Number() ?? 0);

    /// <summary>When the oldest unsent reading was recorded, microseconds since 1970.</summary>
    public long? OldestPendingAt() => database.Read(() => database.Statement(
        """
        SELECT t.recorded_at FROM streams s JOIN telemetry_data t ON t.epoch = s.epoch AND t.seq > s.acked
        WHERE s.head > s.acked ORDER BY s.ordinal, t.seq LIMIT 1
        """).Number());

    /// <summary>About how many bytes unsent entries take: their share of the file.</summary>
    public long EstimatePendingBytes() => database.Read(() =>
    {
        var (pending, rows) = (CountPending(), database.Statement("SELECT SUM(head - retained_after) FROM streams").Number() ?? 0);
        var fileBytes = database.Statement("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()").Number() ?? 0;
        return rows == 0 ? 0 : (long)(fileBytes * ((double)pending / rows));
    });

    /// <summary>Whether the device's own chain has this digest at this number; false where it does not know.</summary>
    public bool Matches(Epoch epoch, long number, Digest digest) => database.Read(() => IsOwn(Select(epoch), number, digest));

    /// <summary>The greatest number at or below <paramref name="number"/> whose digest the device knows.</summary>
    public long LastKnownAtOrBelow(Epoch epoch, long number) => database.Read(() =>
        database.Statement(
            """
            SELECT MAX(COALESCE((SELECT MAX(seq) FROM telemetry_data WHERE epoch = ?1 AND seq <= ?2), 0),
                       COALESCE((SELECT MAX(to_seq) FROM gaps WHERE epoch = ?1 AND to_seq <= ?2), 0),
                       COALESCE((SELECT retained_after FROM streams WHERE epoch = ?1 AND retained_after <= ?2), 0),
                       COALESCE((SELECT acked FROM streams WHERE epoch = ?1 AND acked <= ?2), 0),
                       COALESCE((SELECT head FROM streams WHERE epoch = ?1 AND head <= ?2), 0))
            """).Number(epoch.Value, number) ?? 0);

    /// <summary>Moves the cursor to the watermark if the device's own digest there is equal; refused readings become dead letters with it.</summary>
    public AckEffect Acknowledge(TelemetryAck ack, TimeSpan retention, long now) => database.Write(() =>
    {
        var stream = Select(ack.Epoch);
        if (ack.Watermark > stream.Head || !IsOwn(stream, ack.Watermark, ack.Digest))
        {
            return AckEffect.Diverged;
        }

        if (ack.Watermark <= stream.Acked)
        {
            return AckEffect.Unmoved;
        }

        foreach (var refused in ack.Refused)
        {
            KeepRefused(ack.Epoch, refused, now);
        }

        database.Statement("UPDATE streams SET acked = ?2, acked_digest = ?3 WHERE epoch = ?1")
            .Execute(ack.Epoch.Value, ack.Watermark, ack.Digest.ToArray());
        var bucketLength = Math.Max(1, (long)retention.TotalMicroseconds / RetentionBuckets);
        database.Statement(
            """
            INSERT INTO retention_marks (epoch, bucket, seq, acked_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (epoch, bucket) DO UPDATE SET seq = MAX(seq, excluded.seq), acked_at = MAX(acked_at, excluded.acked_at)
            """).Execute(ack.Epoch.Value, ack.ServerTime / bucketLength, ack.Watermark, ack.ServerTime);
        return AckEffect.Moved;
    });

    /// <summary>
    /// Goes back to a watermark that lies below the cursor, whose digest is the device's own: the control plane was restored. What retention
    /// has deleted since is declared as a gap.
    /// </summary>
    public void Rewind(Epoch epoch, long watermark, Digest digest) => database.Write(() =>
    {
        var stream = Select(epoch);
        database.Statement("UPDATE streams SET acked = ?2, acked_digest = ?3 WHERE epoch = ?1").Execute(epoch.Value, watermark, digest.ToArray());
        database.Statement("DELETE FROM retention_marks WHERE epoch = ?1 AND seq > ?2").Execute(epoch.Value, watermark);
        if (watermark < stream.RetainedAfter)
        {
            // Also the gap of an earlier time that it was restored.
            database.Statement("DELETE FROM gaps WHERE epoch = ?1 AND from_seq > ?2 AND to_seq <= ?3").Execute(epoch.Value, watermark, stream.RetainedAfter);
            database.Statement("INSERT INTO gaps (epoch, from_seq, to_seq, reason, digest_after) VALUES (?1, ?2, ?3, ?4, ?5)")
                .Execute(epoch.Value, watermark + 1, stream.RetainedAfter, Words.Of(GapReason.Retention), stream.RetainedAfterDigest.ToArray());
        }
    });

    /// <summary>Makes a refused reading a dead letter. Call it inside a transaction.</summary>
    public void KeepRefused(Epoch epoch, RefusedReading refused, long now) => database.Statement(
        """
        INSERT OR IGNORE INTO dead_letters (epoch, seq, sensor, recorded_at, value, payload, replay_of, cause, detail, at)
        SELECT t.epoch, t.seq, COALESCE(s.name, ''), t.recorded_at, t.value, t.payload, t.replay_of, ?3, 'refused by the control plane', ?4
        FROM telemetry_data t LEFT JOIN sensors s ON s.id = t.sensor_id WHERE t.epoch = ?1 AND t.seq = ?2
        """).Execute(epoch.Value, refused.Number, Words.Of(refused.Reason), now);

    private StreamRow Select(Epoch epoch)
    {
        using var reader = database.Statement($"SELECT {Columns} FROM streams WHERE epoch = ?1").Read(epoch.Value);
        return reader.Read() ? Row(reader) : throw StorageRules.Damage($"stream {epoch} is not there");
    }

    private static StreamRow Row(Statement.Rows reader) => new(
        reader.GetEpoch(0), reader.GetInt64(1), reader.GetDigest(2), reader.GetInt64(3), reader.GetDigest(4), reader.GetInt64(5), reader.GetDigest(6),
        reader.GetBoolean(7));

    // A digest may be kept in several places; one that equals the control plane's is proof enough, whatever damage another took.
    private bool IsOwn(StreamRow stream, long number, Digest digest) =>
        (number == 0 && DigestChain.Origin(device, stream.Epoch) == digest)
        || (number == stream.Head && stream.HeadDigest == digest)
        || (number == stream.Acked && stream.AckedDigest == digest)
        || (number == stream.RetainedAfter && stream.RetainedAfterDigest == digest)
        || database.Statement(
            """
            SELECT 1 WHERE EXISTS (SELECT 1 FROM telemetry_data WHERE epoch = ?1 AND seq = ?2 AND digest = ?3)
                        OR EXISTS (SELECT 1 FROM gaps WHERE epoch = ?1 AND to_seq = ?2 AND digest_after = ?3)
            """).Number(stream.Epoch.Value, number, digest.ToArray()) is not null;
}
