using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Recomputes digests at any number from what is stored, a block between two checkpoints at a time.</summary>
internal sealed class DigestStore(ControlPlaneDatabase database)
{
    private const string SelectCheckpointAtOrBelow =
        "SELECT seq, digest FROM checkpoints WHERE device_id = $1 AND epoch = $2 AND seq <= $3 ORDER BY seq DESC LIMIT 1";

    private const string SelectCheckpointAbove =
        "SELECT seq, recorded_min, recorded_max FROM checkpoints WHERE device_id = $1 AND epoch = $2 AND seq > $3 ORDER BY seq LIMIT 1";

    private const string SelectReadings = """
        SELECT seq, sensor, recorded_at, value, payload, replay_of FROM telemetry_data
        WHERE device_id = $1 AND recorded_at BETWEEN $2 AND $3 AND epoch = $4 AND seq BETWEEN $5 AND $6
        """;

    private const string SelectRefusals = "SELECT seq, digest FROM refusals WHERE device_id = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4";

    private const string SelectGaps = "SELECT from_seq, to_seq, digest_after FROM gaps WHERE device_id = $1 AND epoch = $2 AND from_seq BETWEEN $3 AND $4";

    private const string SelectRefusedAfter = "SELECT seq, reason FROM refusals WHERE device_id = $1 AND epoch = $2 AND seq > $3 ORDER BY seq LIMIT $4";

    /// <summary>The digests of a stream at positions of 0 or more, and the refused readings after a number if one is given, at one moment.</summary>
    public Task<DigestAnswer> ReadAsync(StreamKey key, IReadOnlyList<long> positions, long? refusedAfter, CancellationToken ct) =>
        database.ReadAsync(transaction => ReadAsync(key, positions, refusedAfter, transaction, ct), ct);

    private static async Task<DigestAnswer> ReadAsync(StreamKey key, IReadOnlyList<long> positions, long? refusedAfter, DbTransaction transaction, CancellationToken ct)
    {
        var state = await StreamStore.ReadAsync(key, transaction, ct) ?? StreamState.Opened(key, now: 0);
        var digests = new Dictionary<long, Digest?> { [0] = DigestChain.Origin(key.Device, key.Epoch), [state.Watermark] = state.Digest };
        var left = new Queue<long>(positions.Where(position => position < state.Watermark && position > 0).Distinct().Order());
        while (left.TryPeek(out var position))
        {
            await ReadBlockAsync(key, state, position, left, digests, transaction, ct);
        }

        return new DigestAnswer(
            key.Epoch,
            state.Watermark,
            [.. positions.Select(position => new PositionDigest(position, digests.GetValueOrDefault(position)))],
            refusedAfter is { } after ? await ReadRefusedAsync(key, after, transaction, ct) : []);
    }

    private static async Task<List<RefusedReading>> ReadRefusedAsync(StreamKey key, long after, DbTransaction transaction, CancellationToken ct)
    {
        await using var select = new Statement(transaction, SelectRefusedAfter, 4);
        await using var reader = await select.ReadAsync(ct, key.Device, key.Epoch.Value, after, Limits.DigestRefusalsMax);
        var refused = new List<RefusedReading>();
        while (await reader.ReadAsync(ct))
        {
            refused.Add(new RefusedReading(reader.GetInt64(0), Words.Parse<ReadingRefusal>(reader.GetString(1))));
        }

        return refused;
    }

    private static async Task ReadBlockAsync(
        StreamKey key, StreamState state, long position, Queue<long> left, Dictionary<long, Digest?> digests, DbTransaction transaction, CancellationToken ct)
    {
        var start = await StartAsync(key, position, transaction, ct);
        var (end, bounds) = await EndAsync(key, state, position, transaction, ct);
        var inBlock = new List<long>();
        while (left.TryPeek(out var next) && next < end)
        {
            inBlock.Add(left.Dequeue());
        }

        var links = await LinksAsync(key, start.Number + 1, inBlock[^1], bounds, transaction, ct);
        foreach (var answer in DigestWalk.At(start.Number, start.Digest, links, inBlock))
        {
            digests[answer.Position] = answer.Digest;
        }
    }

    private static async Task<(long Number, Digest Digest)> StartAsync(StreamKey key, long position, DbTransaction transaction, CancellationToken ct)
    {
        await using var select = new Statement(transaction, SelectCheckpointAtOrBelow, 3);
        await using var reader = await select.ReadAsync(ct, key.Device, key.Epoch.Value, position);
        return await reader.ReadAsync(ct) ? (reader.GetInt64(0), reader.GetDigest(1)) : (0, DigestChain.Origin(key.Device, key.Epoch));
    }

    private static async Task<(long Number, BlockBounds Bounds)> EndAsync(StreamKey key, StreamState state, long position, DbTransaction transaction, CancellationToken ct)
    {
        await using var select = new Statement(transaction, SelectCheckpointAbove, 3);
        await using var reader = await select.ReadAsync(ct, key.Device, key.Epoch.Value, position);
        return await reader.ReadAsync(ct)
            ? (reader.GetInt64(0), new BlockBounds(reader.GetNullableInt64(1), reader.GetNullableInt64(2), null, null))
            : (state.Watermark, state.Block);
    }

    private static async Task<List<ChainLink>> LinksAsync(StreamKey key, long from, long to, BlockBounds bounds, DbTransaction transaction, CancellationToken ct)
    {
        var links = new List<ChainLink>();
        var (device, epoch) = (key.Device, key.Epoch.Value);
        if (bounds is { RecordedMin: { } recordedMin, RecordedMax: { } recordedMax })
        {
            await using var readings = new Statement(transaction, SelectReadings, 6);
            await using var reader = await readings.ReadAsync(ct, device, recordedMin, recordedMax, epoch, from, to);
            while (await reader.ReadAsync(ct))
            {
                var replayOf = EntryName.TryParse(reader.GetNullableString(5), out var name) ? name : (EntryName?)null;
                links.Add(new ChainLink(reader.GetInt64(0), reader.GetInt64(0), new Reading(
                    reader.GetString(1), reader.GetInt64(2), reader.GetNullableDouble(3), reader.GetNullableString(4), replayOf), null));
            }
        }

        await using (var refusals = new Statement(transaction, SelectRefusals, 4))
        {
            await using var reader = await refusals.ReadAsync(ct, device, epoch, from, to);
            while (await reader.ReadAsync(ct))
            {
                links.Add(new ChainLink(reader.GetInt64(0), reader.GetInt64(0), null, reader.GetDigest(1)));
            }
        }

        await using (var gaps = new Statement(transaction, SelectGaps, 4))
        {
            await using var reader = await gaps.ReadAsync(ct, device, epoch, from, to);
            while (await reader.ReadAsync(ct))
            {
                links.Add(new ChainLink(reader.GetInt64(0), reader.GetInt64(1), null, reader.GetDigest(2)));
            }
        }

        links.Sort((left, right) => left.From.CompareTo(right.From));
        return links;
    }
}
