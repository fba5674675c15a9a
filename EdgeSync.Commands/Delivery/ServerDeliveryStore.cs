using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What decides about a group of requests, read and written as columns, in one round trip each.</summary>
internal static class ServerDeliveryStore
{
    // A lock needs a row. In order, as the locks are taken.
    private const string InsertMissingHintsSql = """
        INSERT INTO device_hints (device_id, intent_version, changed_at) SELECT device_id, 0, 0 FROM unnest(@creating) AS d(device_id) ORDER BY device_id
        ON CONFLICT (device_id) DO NOTHING
        """;

    // Whoever else creates a command for one of these devices comes before or after: in the order of the devices, so that no two groups wait for each other.
    private const string LockHintsSql = """
        SELECT device_id AS Device, intent_version AS IntentVersion FROM device_hints WHERE device_id = ANY(@creating) ORDER BY device_id FOR UPDATE
        """;

    // Before the commands are read: what is counted in a version that is told has been committed, so it is read too.
    private const string VersionsSql = "SELECT device_id AS Device, intent_version AS IntentVersion FROM device_hints WHERE device_id = ANY(@pulling)";

    // What is wanted is found on what was committed before; then each command is locked and read as it stands under its lock. All in one statement, so that all locks are taken in one order.
    private const string CommandsSql = $"""
        WITH wanted (device, command) AS (
          SELECT w.device_id, w.command_id FROM unnest(@pulling) AS d(device) CROSS JOIN LATERAL (
            SELECT device_id, command_id FROM commands
            WHERE device_id = d.device AND state IN ('pending', 'leased') AND (state = 'pending' OR lease_until <= @now)
            ORDER BY priority, intent_order, created_at, command_id LIMIT @waiting) AS w
          UNION
          SELECT o.device_id, o.command_id FROM unnest(@running, @nonces) AS d(device, nonce) CROSS JOIN LATERAL (
            SELECT device_id, command_id FROM commands
            WHERE device_id = d.device AND state = 'delivered' AND delivered_nonce <> d.nonce AND held_nonce <> d.nonce
            ORDER BY priority, intent_order, created_at, command_id LIMIT @others) AS o
          UNION
          SELECT n.device, n.command FROM unnest(@named, @ids) AS n(device, command)
          UNION
          SELECT k.device_id, k.command_id FROM unnest(@keyed, @keys) AS d(device, key) JOIN commands AS k ON k.device_id = d.device AND k.idempotency_key = d.key
          UNION
          SELECT s.device_id, s.command_id FROM unnest(@superseding, @subjects) AS d(device, key)
          JOIN commands AS s ON s.device_id = d.device AND s.supersede_key = d.key AND s.state IN ('pending', 'leased'))
        SELECT {CommandRow.Columns} FROM wanted JOIN commands ON device_id = device AND command_id = command ORDER BY device_id, command_id FOR UPDATE OF commands
        """;

    private const string LoadSql = $"{VersionsSql};\n{CommandsSql}";

    private const string LockAndLoadSql = $"{InsertMissingHintsSql};\n{LockHintsSql};\n{LoadSql}";

    // PostgreSQL would plan each of these anew for every group, since for the rows at hand it may be a little cheaper: a millisecond, where running it takes a third. A plan that is kept was
    // made when the table may have been empty: it must find rows by their keys all the same.
    private const string PlanOnceSql = """
        SET LOCAL plan_cache_mode = force_generic_plan;
        SET LOCAL enable_seqscan = off;
        SET LOCAL enable_hashjoin = off;
        SET LOCAL enable_mergejoin = off
        """;

    private const string PlannedLoadSql = $"{PlanOnceSql};\n{LoadSql}";

    private const string PlannedLockAndLoadSql = $"{PlanOnceSql};\n{LockAndLoadSql}";

    public static Task LoadAsync(DbTransaction transaction, DatabaseKind kind, CommandLedger ledger, IReadOnlyList<CommandRequest> group, long now)
    {
        var creates = group.OfType<CreateRequest>().Select(request => request.Command).ToList();
        var pulls = group.OfType<PullRequest>().ToList();
        var runs = pulls.Where(pull => pull.Run is not null).ToList();
        var named = group.OfType<ReceiveRequest>().SelectMany(request => request.Receipts.Commands.Select(id => (request.Device, Id: id)))
            .Concat(group.OfType<CompleteRequest>().SelectMany(request => request.Results.Results.Select(result => (request.Device, result.Id)))).ToList();
        var keyed = creates.FindAll(command => command.IdempotencyKey is not null);
        var superseding = creates.FindAll(command => command.SupersedeKey is not null);
        var parameters = new
        {
            now,
            waiting = LeaseDecision.WaitingMax,
            others = LeaseDecision.OthersMax,
            creating = creates.Select(command => command.DeviceId).Distinct().Select(device => device.Value).ToArray(),
            pulling = pulls.Select(pull => pull.Device.Value).ToArray(),
            running = runs.Select(pull => pull.Device.Value).ToArray(),
            nonces = runs.Select(pull => pull.Run!.Value.Boot.Nonce).ToArray(),
            named = named.Select(name => name.Device.Value).ToArray(),
            ids = named.Select(name => name.Id.Value).ToArray(),
            keyed = keyed.Select(command => command.DeviceId.Value).ToArray(),
            keys = keyed.Select(command => command.IdempotencyKey).ToArray(),
            superseding = superseding.Select(command => command.DeviceId.Value).ToArray(),
            subjects = superseding.Select(command => command.SupersedeKey).ToArray(),
        };
        var sql = (creates.Count > 0, kind) switch
        {
            (true, DatabaseKind.PostgreSql) => PlannedLockAndLoadSql,
            (true, _) => LockAndLoadSql,
            (false, DatabaseKind.PostgreSql) => PlannedLoadSql,
            (false, _) => LoadSql,
        };
        return transaction.QueryResultsAsync(sql, parameters, async results =>
        {
            if (creates.Count > 0)
            {
                PutVersions(ledger, await results.ReadAsync<HintRow>());
            }

            PutVersions(ledger, await results.ReadAsync<HintRow>());
            foreach (var row in await results.ReadAsync<CommandRow>())
            {
                ledger.Put(row);
            }
        });
    }

    private const string InsertSql = """
        INSERT INTO commands (device_id, command_id, kind, payload, idempotency_key, priority, intent_order, state, created_at, expires_at, supersede_key, traceparent)
        SELECT c.device_id, c.command_id, c.kind, c.payload, c.idempotency_key, c.priority, c.intent_order, 'pending', c.created_at, c.expires_at, c.supersede_key, c.traceparent
        FROM unnest(@devices, @ids, @kinds, @payloads, @keys, @priorities, @orders, @createdAt, @expiresAt, @subjects, @traceparents) AS
          c(device_id, command_id, kind, payload, idempotency_key, priority, intent_order, created_at, expires_at, supersede_key, traceparent)
        """;

    private const string CountSql = """
        UPDATE device_hints SET intent_version = c.intent_version, changed_at = @now
        FROM unnest(@counted, @versions) AS c(device_id, intent_version) WHERE device_hints.device_id = c.device_id
        """;

    private const string CreateSql = $"{InsertSql};\n{CountSql}";

    public static async Task SaveAsync(DbTransaction transaction, CommandLedger ledger, long now)
    {
        if (ledger.Created is { Count: > 0 } created)
        {
            await transaction.ExecuteAsync(CreateSql, new
            {
                devices = created.Select(row => row.DeviceId.Value).ToArray(),
                ids = created.Select(row => row.CommandId.Value).ToArray(),
                kinds = created.Select(row => row.Kind).ToArray(),
                payloads = created.Select(row => row.Payload).ToArray(),
                keys = created.Select(row => row.IdempotencyKey).ToArray(),
                priorities = created.Select(row => (long)row.Priority).ToArray(),
                orders = created.Select(row => row.IntentOrder).ToArray(),
                createdAt = created.Select(row => row.CreatedAt).ToArray(),
                expiresAt = created.Select(row => row.ExpiresAt).ToArray(),
                subjects = created.Select(row => row.SupersedeKey).ToArray(),
                traceparents = created.Select(row => row.Traceparent).ToArray(),
                counted = ledger.Counted.Keys.Select(device => device.Value).ToArray(),
                versions = ledger.Counted.Values.ToArray(),
                now,
            });
        }

        await CommandRow.SaveAsync(transaction, ledger.Changed);
    }

    private static void PutVersions(CommandLedger ledger, IEnumerable<HintRow> hints)
    {
        foreach (var (device, version) in hints)
        {
            ledger.PutIntentVersion(device, version);
        }
    }

    private sealed record HintRow(DeviceId Device, long IntentVersion);
}
