using System.Data.Common;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What decides about a group of requests, read and written row by row in this process. The transaction has the file to itself.</summary>
internal static class EmbeddedDeliveryStore
{
    private const string WaitingSql = $"""
        SELECT {CommandRow.Columns} FROM commands
        WHERE device_id = @device AND state IN ('pending', 'leased') AND (state = 'pending' OR lease_until <= @now)
        ORDER BY priority, intent_order, created_at, command_id LIMIT @limit
        """;

    private const string OtherRunsSql = $"""
        SELECT {CommandRow.Columns} FROM commands
        WHERE device_id = @device AND state = 'delivered' AND delivered_nonce <> @nonce AND held_nonce <> @nonce
        ORDER BY priority, intent_order, created_at, command_id LIMIT @limit
        """;

    private const string ByKeySql = $"SELECT {CommandRow.Columns} FROM commands WHERE device_id = @device AND idempotency_key = @key";

    private const string SupersededSql = $"""
        SELECT {CommandRow.Columns} FROM commands WHERE device_id = @device AND supersede_key = @key AND state IN ('pending', 'leased')
        """;

    public static async Task<bool> HasWorkAsync(DbTransaction transaction, PullRequest pull, long now) =>
        (await WaitingAsync(transaction, pull, now, 1)).Count > 0 || (await OthersAsync(transaction, pull, 1)).Count > 0;

    public static async Task LoadAsync(DbTransaction transaction, CommandLedger ledger, IReadOnlyList<CommandRequest> group, long now)
    {
        foreach (var request in group)
        {
            if (request is CreateRequest or PullRequest)
            {
                ledger.PutIntentVersion(request.Device, await HintStore.ReadAsync(transaction, request.Device));
            }

            foreach (var row in await ReadAsync(transaction, request, now))
            {
                ledger.Put(row);
            }
        }
    }

    private const string InsertSql = """
        INSERT INTO commands (device_id, command_id, kind, payload, idempotency_key, priority, intent_order, state, created_at, expires_at, supersede_key, traceparent)
        VALUES (@DeviceId, @CommandId, @Kind, @Payload, @IdempotencyKey, @Priority, @IntentOrder, @State, @CreatedAt, @ExpiresAt, @SupersedeKey, @Traceparent)
        """;

    private const string CountSql = """
        INSERT INTO device_hints (device_id, intent_version, changed_at) VALUES (@device, @version, @now)
        ON CONFLICT (device_id) DO UPDATE SET intent_version = excluded.intent_version, changed_at = excluded.changed_at
        """;

    public static async Task SaveAsync(DbTransaction transaction, CommandLedger ledger, long now)
    {
        await transaction.ExecuteAsync(InsertSql, ledger.Created);
        await transaction.ExecuteAsync(CountSql, ledger.Counted.Select(counted => new { device = counted.Key, version = counted.Value, now }));
        await CommandRow.SaveAsync(transaction, ledger.Changed);
    }

    private static async Task<IEnumerable<CommandRow>> ReadAsync(DbTransaction transaction, CommandRequest request, long now) => request switch
    {
        PullRequest pull => [.. await OthersAsync(transaction, pull, LeaseDecision.OthersMax), .. await WaitingAsync(transaction, pull, now, LeaseDecision.WaitingMax)],
        CreateRequest { Command: var command } =>
        [
            .. command.IdempotencyKey is { } key ? await transaction.QueryAsync<CommandRow>(ByKeySql, new { device = command.DeviceId, key }) : [],
            .. command.SupersedeKey is { } subject ? await transaction.QueryAsync<CommandRow>(SupersededSql, new { device = command.DeviceId, key = subject }) : [],
        ],
        ReceiveRequest receive => (await CommandRow.FindAsync(transaction, receive.Device, receive.Receipts.Commands)).Values,
        CompleteRequest complete => (await CommandRow.FindAsync(transaction, complete.Device, [.. complete.Results.Results.Select(result => result.Id)])).Values,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static Task<List<CommandRow>> WaitingAsync(DbTransaction transaction, PullRequest pull, long now, int limit) =>
        transaction.QueryAsync<CommandRow>(WaitingSql, new { device = pull.Device, now, limit });

    private static async Task<List<CommandRow>> OthersAsync(DbTransaction transaction, PullRequest pull, int limit) => pull.Run is { Boot: var boot }
        ? await transaction.QueryAsync<CommandRow>(OtherRunsSql, new { device = pull.Device, nonce = boot.Nonce, limit })
        : [];
}
