using System.Data;
using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>
/// Replaces damaged entries by what their device has, a block between two checkpoints at a time, under the lock that the device's writes take. What has expired is not brought back, and what lies
/// beyond the watermark is not looked at.
/// </summary>
internal sealed class RepairStore(ControlPlaneDatabase database, TimeProvider time)
{
    // Changes nothing: it holds the device's row, which is the lock of its streams.
    private const string LockSql = "UPDATE sync_status SET last_seen_at = last_seen_at WHERE device_id = @device";

    /// <summary>Mends what can be mended. READ COMMITTED is enough under the lock, as for writes of telemetry.</summary>
    public Task<RepairAnswer> RepairAsync(StreamKey key, TelemetryRepair repair, CancellationToken ct)
    {
        var (sent, now) = (new SentEntries(repair), time.GetMicroseconds());
        return database.WriteAsync(
            IsolationLevel.ReadCommitted,
            async transaction =>
            {
                await transaction.ExecuteAsync(LockSql, new { device = key.Device });
                return await BlockStore.ReadLedgerAsync(key, transaction) is { } ledger
                    ? await RepairAsync(key, ledger, sent, now, transaction, ct)
                    : new RepairAnswer(key.Epoch, 0, []);
            },
            ct);
    }

    private static async Task<RepairAnswer> RepairAsync(StreamKey key, LedgerRow ledger, SentEntries sent, long now, DbTransaction transaction, CancellationToken ct)
    {
        var (replaced, whole, refused) = (0, new List<NumberRange>(), new List<NumberRange>());
        foreach (var number in await BlockStartsAsync(key, ledger, sent, transaction, ct))
        {
            // Read anew: mending the block before may have changed the digest that this one begins with.
            if (await BlockStore.ReadBlocksAsync(key, ledger, number, number, 1, transaction, ct) is not [var block])
            {
                continue;
            }

            var stored = await BlockStore.ReadUnstoredAsync(key, block.After + 1, block.To, transaction, ct) with
            {
                Rows = await BlockStore.ReadRowsAnywhereAsync(key, block.After + 1, block.To, transaction, ct),
            };
            if (RepairDecision.Of(block, stored, sent, now) is { } plan)
            {
                replaced += await RepairWriteStore.WriteAsync(key, block, plan, now, transaction);
                whole.Add(block.Numbers);
            }
            else
            {
                refused.Add(block.Numbers);
            }
        }

        await StreamCheckStore.RepairedAsync(key, whole, transaction);
        return new RepairAnswer(key.Epoch, replaced, refused);
    }

    // A number of each block that is to be looked at.
    private static async Task<List<long>> BlockStartsAsync(StreamKey key, LedgerRow ledger, SentEntries sent, DbTransaction transaction, CancellationToken ct)
    {
        var starts = new List<long>();
        var last = ledger.Floor;
        foreach (var touched in sent.Touched().OrderBy(range => range.From))
        {
            var (from, to) = (Math.Max(touched.From, last + 1), Math.Min(touched.To, ledger.Watermark));
            if (from > to || starts.Count >= Limits.RepairBlocksMax)
            {
                continue;
            }

            foreach (var block in await BlockStore.ReadBlocksAsync(key, ledger, from, to, Limits.RepairBlocksMax - starts.Count, transaction, ct))
            {
                starts.Add(block.To);
                last = block.To;
            }
        }

        return starts;
    }
}
