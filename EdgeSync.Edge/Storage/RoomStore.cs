using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>How the file's pages are used.</summary>
internal readonly record struct PageUse(long Pages, long Free);

/// <summary>Numbers of a stream whose readings were given up.</summary>
internal sealed record DroppedRange(Epoch Epoch, long From, long To, long Count);

/// <summary>
/// Makes room: unsent readings are given up from the oldest on, and every number that goes is in a declared gap with the digest of its last reading, so that the chain goes on. What a batch under way may hold stays.
/// </summary>
internal sealed class RoomStore(DeviceDatabase database, TelemetryStore telemetry, BatchStore batches)
{
    private const int RowsMax = 2_000;

    // Where thinning goes on: what was thinned once is not thinned again before everything else was.
    private readonly Dictionary<Epoch, long> _thinnedTo = [];

    /// <summary>Grows whenever the use of pages may have changed.</summary>
    public long Commits => database.Commits;

    public PageUse ReadUse() => database.Read(() => new PageUse(
        database.Statement("PRAGMA page_count").Number() ?? 0, database.Statement("PRAGMA freelist_count").Number() ?? 0));

    /// <summary>What the file says of itself: readings dropped, salvages, and when the last one was.</summary>
    public (long Dropped, int Salvages, long? SalvagedAt) ReadHistory() => database.Read(() =>
    {
        using var reader = database.Statement("SELECT dropped, salvages, salvaged_at FROM device_state").Read();
        return reader.Read() ? (reader.GetInt64(0), reader.GetInt32(1), reader.IsDBNull(2) ? null : reader.GetInt64(2)) : default((long, int, long?));
    });

    /// <summary>Gives up the oldest unsent readings, those of <paramref name="isKept"/> not among them.</summary>
    /// <returns>What went; null when there was nothing.</returns>
    public DroppedRange? DropOldest(int count, Func<string, bool> isKept) => database.Write(() =>
    {
        foreach (var (epoch, from, head) in ReadUnsent())
        {
            for (var after = from - 1; after < head;)
            {
                var rows = ReadRows(epoch, after, RowsMax);
                var going = rows.Where(row => !isKept(row.Sensor)).Take(count).ToList();
                if (going.Count > 0)
                {
                    return Drop(epoch, going, from, GapReason.Retention);
                }

                after = rows.Count == 0 ? head : rows[^1].Number;
            }
        }

        return null;
    });

    /// <summary>Keeps one of so many of the oldest unsent readings that were not thinned yet, and those of <paramref name="isKept"/>.</summary>
    /// <returns>What went; null when there was nothing.</returns>
    public DroppedRange? Thin(int keepOneOf, Func<string, bool> isKept) => database.Write(() =>
    {
        for (var round = 0; round < 2; round++)
        {
            foreach (var (epoch, from, head) in ReadUnsent())
            {
                var after = Math.Max(from - 1, _thinnedTo.GetValueOrDefault(epoch));
                while (after < head)
                {
                    var rows = ReadRows(epoch, after, RowsMax);
                    after = rows.Count == 0 ? head : rows[^1].Number;
                    _thinnedTo[epoch] = after;
                    var going = rows.Where(row => !isKept(row.Sensor)).Where((_, i) => i % keepOneOf != keepOneOf - 1).ToList();
                    if (going.Count >= keepOneOf)
                    {
                        return Drop(epoch, going, from, GapReason.Downsampled);
                    }
                }
            }

            // From the beginning again: of what is left one of so many.
            _thinnedTo.Clear();
        }

        return null;
    });

    /// <summary>Gives free pages at the file's end back to the disk.</summary>
    /// <returns>Pages given back.</returns>
    public long Reclaim(long pages) => database.Write(() =>
    {
        var before = database.Statement("PRAGMA page_count").Number() ?? 0;
        for (var given = 0L; given < pages; given++)
        {
            database.Statement("PRAGMA incremental_vacuum(1)").Execute();
        }

        return before - (database.Statement("PRAGMA page_count").Number() ?? 0);
    });

    /// <summary>Brings the write-ahead log into the file and gives its room back.</summary>
    public void Truncate() => database.Read(() => database.Statement("PRAGMA wal_checkpoint(TRUNCATE)").Number());

    /// <summary>Bounds the file, and the log that is kept before it goes into the file; null leaves that as it is.</summary>
    public void Bound(long pagesMax, int? logPages) => database.Bound(pagesMax, logPages);

    /// <summary>The file keeps the size that it has.</summary>
    public void StopGrowing() => database.Bound(ReadUse().Pages, null);

    // A batch that was read last may be under way: its numbers stay what they are.
    private List<(Epoch Epoch, long From, long Head)> ReadUnsent()
    {
        var streams = new List<(Epoch, long, long)>();
        using var reader = database.Statement("SELECT epoch, acked, head FROM streams WHERE head > acked ORDER BY ordinal").Read();
        while (reader.Read())
        {
            var epoch = reader.GetEpoch(0);
            streams.Add((epoch, Math.Max(reader.GetInt64(1), batches.LastReadOf(epoch)) + 1, reader.GetInt64(2)));
        }

        return streams;
    }

    private List<Row> ReadRows(Epoch epoch, long after, int count)
    {
        var rows = new List<Row>();
        using var reader = database.Statement("SELECT seq, sensor_id, digest FROM telemetry_data WHERE epoch = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3").Read(epoch.Value, after, count);
        while (reader.Read())
        {
            rows.Add(new Row(reader.GetInt64(0), telemetry.SensorName(reader.GetInt64(1)), reader.GetDigest(2)));
        }

        return rows;
    }

    private DroppedRange Drop(Epoch epoch, List<Row> going, long from, GapReason reason)
    {
        for (var first = 0; first < going.Count;)
        {
            var last = first;
            while (last + 1 < going.Count && going[last + 1].Number == going[last].Number + 1)
            {
                last++;
            }

            database.Statement("DELETE FROM telemetry_data WHERE epoch = ?1 AND seq BETWEEN ?2 AND ?3").Execute(epoch.Value, going[first].Number, going[last].Number);
            Declare(epoch, going[first].Number, going[last].Number, going[last].Digest, from, reason);
            first = last + 1;
        }

        database.Statement("UPDATE device_state SET dropped = dropped + ?1").Execute(going.Count);
        return new DroppedRange(epoch, going[0].Number, going[^1].Number, going.Count);
    }

    // Joined with the gaps beside it, so that gaps stay few.
    private void Declare(Epoch epoch, long first, long last, Digest digestAfter, long from, GapReason reason)
    {
        var (start, end, digest) = (first, last, digestAfter.ToArray());
        using (var reader = database.Statement("SELECT from_seq, to_seq, digest_after FROM gaps WHERE epoch = ?1 AND from_seq >= ?2 AND (to_seq = ?3 - 1 OR from_seq = ?4 + 1) AND reason = ?5")
            .Read(epoch.Value, from, first, last, Words.Of(reason)))
        {
            while (reader.Read())
            {
                start = Math.Min(start, reader.GetInt64(0));
                (end, digest) = reader.GetInt64(1) > end ? (reader.GetInt64(1), reader.GetDigest(2).ToArray()) : (end, digest);
            }
        }

        database.Statement("DELETE FROM gaps WHERE epoch = ?1 AND from_seq BETWEEN ?2 AND ?3").Execute(epoch.Value, start, end);
        database.Statement("INSERT INTO gaps (epoch, from_seq, to_seq, reason, digest_after) VALUES (?1, ?2, ?3, ?4, ?5)")
            .Execute(epoch.Value, start, end, Words.Of(reason), digest);
    }

    private sealed record Row(long Number, string Sensor, Digest Digest);
}
