using System.Data;
using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>A stream that is looked at, and how far its round is.</summary>
internal sealed record ClaimedStream(StreamKey Key, long VerifiedTo);

/// <summary>What a look at a share of a stream has found.</summary>
/// <param name="Key">The stream.</param>
/// <param name="VerifiedTo">How far the round is; null when it has come to the watermark.</param>
/// <param name="Floor">Readings up to it have expired.</param>
/// <param name="Whole">Blocks that end in what was acknowledged.</param>
/// <param name="Damaged">Blocks that do not.</param>
/// <param name="Mended">Checkpoints whose own digest was damaged, with what it was and is.</param>
internal sealed record StreamShare(
    StreamKey Key, long? VerifiedTo, long Floor, IReadOnlyList<NumberRange> Whole, IReadOnlyList<NumberRange> Damaged, IReadOnlyList<MendedDigest> Mended);

/// <summary>A checkpoint's digest.</summary>
internal readonly record struct MendedDigest(long Number, Digest Old, Digest New);

/// <summary>How far each stream was recomputed, and what that found. Several instances share the streams: one at a time has a stream.</summary>
internal sealed class StreamCheckStore(ControlPlaneDatabase database)
{
    // A round that is under way goes on; a stream whose round has ended waits for its time.
    private const string DueSql = """
        SELECT s.device_id AS Device, s.epoch AS Epoch, c.verified_to AS VerifiedTo
        FROM streams AS s LEFT JOIN stream_checks AS c ON c.device_id = s.device_id AND c.epoch = s.epoch
        WHERE s.watermark > s.floor_seq AND COALESCE(c.claimed_until, 0) <= @now
          AND (c.verified_at IS NULL OR c.verified_at <= @before OR c.verified_to > 0 OR c.checked_at = 0)
        ORDER BY COALESCE(c.checked_at, 0), s.device_id, s.epoch LIMIT @limit
        """;

    private const string ClaimSql = """
        INSERT INTO stream_checks (device_id, epoch, claimed_until) VALUES (@device, @epoch, @until)
        ON CONFLICT (device_id, epoch) DO UPDATE SET claimed_until = excluded.claimed_until WHERE stream_checks.claimed_until <= @now
        """;

    /// <summary>Takes streams, the least recently looked at first.</summary>
    /// <param name="now">Microseconds since 1970.</param>
    /// <param name="before">A round that ended later is not begun anew.</param>
    /// <param name="until">Until when they are taken.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<List<ClaimedStream>> ClaimAsync(long now, long before, long until, int limit, CancellationToken ct)
    {
        var due = await database.ReadAsync(transaction => transaction.QueryAsync<DueRow>(DueSql, new { now, before, limit }), ct);
        return due.Count == 0 ? [] : await database.WriteAsync(
            IsolationLevel.ReadCommitted,
            async transaction =>
            {
                var claimed = new List<ClaimedStream>();
                foreach (var (device, epoch, verifiedTo) in due.OrderBy(row => row.Device).ThenBy(row => row.Epoch))
                {
                    if (await transaction.ExecuteAsync(ClaimSql, new { device, epoch, until, now }) == 1)
                    {
                        claimed.Add(new ClaimedStream(new StreamKey(device, new Epoch(epoch)), verifiedTo ?? 0));
                    }
                }

                return claimed;
            },
            ct);
    }

    private const string FoundSql = """
        SELECT damaged_from AS DamagedFrom, damaged_to AS DamagedTo, found_at AS FoundAt FROM stream_checks WHERE device_id = @device AND epoch = @epoch
        """;

    private const string SaveSql = """
        UPDATE stream_checks SET verified_to = @verifiedTo, checked_at = @now, verified_at = COALESCE(@verifiedAt, verified_at), claimed_until = 0,
          damaged_from = @from, damaged_to = @to, found_at = @foundAt
        WHERE device_id = @device AND epoch = @epoch
        """;

    // Only while it is what was found to be damaged.
    private const string MendSql = "UPDATE checkpoints SET digest = @New WHERE device_id = @device AND epoch = @epoch AND seq = @Number AND digest = @Old";

    /// <summary>Keeps what was found, and lets the streams go.</summary>
    /// <returns>The streams whose damage is news.</returns>
    public Task<List<(StreamKey Key, NumberRange Damage)>> SaveAsync(IReadOnlyList<StreamShare> shares, long now, CancellationToken ct) => database.WriteAsync(
        IsolationLevel.ReadCommitted,
        async transaction =>
        {
            var news = new List<(StreamKey, NumberRange)>();
            foreach (var share in shares.OrderBy(share => share.Key))
            {
                var (device, epoch) = (share.Key.Device, share.Key.Epoch.Value);
                foreach (var (number, old, mended) in share.Mended)
                {
                    await transaction.ExecuteAsync(MendSql, new { device, epoch, Number = number, Old = old, New = mended });
                }

                var row = await transaction.FindAsync<FoundRow>(FoundSql, new { device, epoch });
                var known = StreamDamage.Above(row?.Damage, share.Floor);
                var damage = StreamDamage.With(StreamDamage.Without(known, share.Whole), share.Damaged);
                if (damage is not null && (known is null || damage.From < known.From || damage.To > known.To))
                {
                    news.Add((share.Key, damage));
                }

                await transaction.ExecuteAsync(SaveSql, new
                {
                    device,
                    epoch,
                    now,
                    verifiedTo = share.VerifiedTo ?? 0,
                    verifiedAt = share.VerifiedTo is null ? now : (long?)null,
                    from = damage?.From,
                    to = damage?.To,
                    foundAt = damage is null ? (long?)null : row?.FoundAt ?? now,
                });
            }

            return news;
        },
        ct);

    private const string RepairedSql = """
        UPDATE stream_checks SET damaged_from = @from, damaged_to = @to, found_at = @foundAt, checked_at = 0 WHERE device_id = @device AND epoch = @epoch
        """;

    /// <summary>Blocks were mended: what is left of the damage is looked at again soon.</summary>
    public static async Task RepairedAsync(StreamKey key, IReadOnlyList<NumberRange> whole, DbTransaction transaction)
    {
        var (device, epoch) = (key.Device, key.Epoch.Value);
        if (await transaction.FindAsync<FoundRow>(FoundSql, new { device, epoch }) is { Damage: { } known } row)
        {
            var damage = StreamDamage.Without(known, whole);
            await transaction.ExecuteAsync(RepairedSql, new { device, epoch, from = damage?.From, to = damage?.To, foundAt = damage is null ? (long?)null : row.FoundAt });
        }
    }

    private sealed record DueRow(DeviceId Device, long Epoch, long? VerifiedTo);

    private sealed record FoundRow(long? DamagedFrom, long? DamagedTo, long? FoundAt)
    {
        public NumberRange? Damage => DamagedFrom is { } from && DamagedTo is { } to ? new NumberRange(from, to) : null;
    }
}
