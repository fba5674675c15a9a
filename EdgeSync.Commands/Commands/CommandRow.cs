using System.Data.Common;
using System.Diagnostics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A row of <c>commands</c>, read and written by several stores.</summary>
internal sealed record CommandRow
{
    public DeviceId DeviceId { get; init; }

    public CommandId CommandId { get; init; }

    public string Kind { get; init; } = "";

    public string Payload { get; init; } = "";

    public string? IdempotencyKey { get; init; }

    public int Priority { get; init; }

    /// <summary>The device's intent version that its creation took: the order of commands of one priority. 0 where a program from before created it.</summary>
    public long IntentOrder { get; init; }

    public string State { get; init; } = "";

    public string? Reason { get; init; }

    public long Provisional { get; init; }

    public long Late { get; init; }

    public int Attempts { get; init; }

    public long CreatedAt { get; init; }

    public long ExpiresAt { get; init; }

    public long? LeaseUntil { get; init; }

    public long? DeliveredAt { get; init; }

    public long? DeliveredBoot { get; init; }

    public long? DeliveredNonce { get; init; }

    public long? DeliveredEpoch { get; init; }

    public long? HeldBoot { get; init; }

    public long? HeldNonce { get; init; }

    public long? CompletedAt { get; init; }

    public string? Result { get; init; }

    public string? SupersedeKey { get; init; }

    public BatchId? BatchId { get; init; }

    public string? Traceparent { get; init; }

    public const string Columns = """
        device_id AS DeviceId, command_id AS CommandId, kind AS Kind, payload AS Payload, idempotency_key AS IdempotencyKey, priority AS Priority, intent_order AS IntentOrder, state AS State,
        reason AS Reason, provisional AS Provisional, late AS Late, attempts AS Attempts, created_at AS CreatedAt, expires_at AS ExpiresAt, lease_until AS LeaseUntil,
        delivered_at AS DeliveredAt, delivered_boot AS DeliveredBoot, delivered_nonce AS DeliveredNonce, delivered_epoch AS DeliveredEpoch,
        held_boot AS HeldBoot, held_nonce AS HeldNonce, completed_at AS CompletedAt, result AS Result, supersede_key AS SupersedeKey, batch_id AS BatchId,
        traceparent AS Traceparent
        """;

    /// <summary>A new command as it waits for its device.</summary>
    public static CommandRow New(DeviceId device, CommandId id, CreateCommand command, BatchId? batch, long now, long expiresAt) => new()
    {
        DeviceId = device,
        CommandId = id,
        Kind = command.Kind,
        Payload = (command.Payload ?? JsonValue.Null).Text,
        IdempotencyKey = batch is null ? command.IdempotencyKey : null,
        Priority = command.Priority ?? PriorityDefault,
        State = Words.Of(CommandState.Pending),
        CreatedAt = now,
        ExpiresAt = expiresAt,
        SupersedeKey = command.Supersedes,
        BatchId = batch,
        Traceparent = TraceparentNow,
    };

    /// <summary>Who traces finds a command's run in the trace of the request that created it; null where nobody records that.</summary>
    public static string? TraceparentNow => Activity.Current is { Recorded: true } span ? span.Id : null;

    private const int PriorityDefault = 100;

    private const string FindSql = $"SELECT {Columns} FROM commands WHERE device_id = @device AND command_id = @id";

    public static Task<CommandRow?> FindAsync(DbTransaction transaction, DeviceId device, CommandId id) =>
        transaction.FindAsync<CommandRow>(FindSql, new { device, id });

    private const string FindManySql = $"SELECT {Columns} FROM commands WHERE device_id = @device AND command_id = ANY(@ids)";

    /// <summary>Those of the commands that the device has.</summary>
    public static async Task<Dictionary<CommandId, CommandRow>> FindAsync(DbTransaction transaction, DeviceId device, IReadOnlyCollection<CommandId> ids)
    {
        var rows = new List<CommandRow>(ids.Count);
        if (!transaction.IsEmbedded())
        {
            rows = await transaction.QueryAsync<CommandRow>(FindManySql, new { device, ids = ids.Select(id => id.Value).ToArray() });
        }
        else
        {
            foreach (var id in ids.Distinct())
            {
                if (await FindAsync(transaction, device, id) is { } row)
                {
                    rows.Add(row);
                }
            }
        }

        return rows.ToDictionary(row => row.CommandId);
    }

    private const string SaveSql = """
        UPDATE commands SET state = @State, reason = @Reason, provisional = @Provisional, late = @Late, attempts = @Attempts, lease_until = @LeaseUntil,
          delivered_at = @DeliveredAt, delivered_boot = @DeliveredBoot, delivered_nonce = @DeliveredNonce, delivered_epoch = @DeliveredEpoch,
          held_boot = @HeldBoot, held_nonce = @HeldNonce, completed_at = @CompletedAt, result = @Result
        WHERE device_id = @DeviceId AND command_id = @CommandId
        """;

    private const string SaveManySql = """
        UPDATE commands SET state = r.state, reason = r.reason, provisional = r.provisional, late = r.late, attempts = r.attempts, lease_until = r.lease_until,
          delivered_at = r.delivered_at, delivered_boot = r.delivered_boot, delivered_nonce = r.delivered_nonce, delivered_epoch = r.delivered_epoch,
          held_boot = r.held_boot, held_nonce = r.held_nonce, completed_at = r.completed_at, result = r.result
        FROM unnest(@devices, @ids, @states, @reasons, @provisional, @late, @attempts, @leases, @deliveredAt, @deliveredBoots, @deliveredNonces, @deliveredEpochs,
          @heldBoots, @heldNonces, @completedAt, @results) AS r(device_id, command_id, state, reason, provisional, late, attempts, lease_until, delivered_at,
          delivered_boot, delivered_nonce, delivered_epoch, held_boot, held_nonce, completed_at, result)
        WHERE commands.device_id = r.device_id AND commands.command_id = r.command_id
        """;

    /// <summary>Writes where commands stand now, each named once.</summary>
    public static Task SaveAsync(DbTransaction transaction, IReadOnlyCollection<CommandRow> rows) => rows switch
    {
        { Count: 0 } => Task.CompletedTask,
        _ when transaction.IsEmbedded() || rows.Count == 1 => transaction.ExecuteAsync(SaveSql, rows),
        _ => transaction.ExecuteAsync(SaveManySql, new
        {
            devices = rows.Select(row => row.DeviceId.Value).ToArray(),
            ids = rows.Select(row => row.CommandId.Value).ToArray(),
            states = rows.Select(row => row.State).ToArray(),
            reasons = rows.Select(row => row.Reason).ToArray(),
            provisional = rows.Select(row => row.Provisional).ToArray(),
            late = rows.Select(row => row.Late).ToArray(),
            attempts = rows.Select(row => (long)row.Attempts).ToArray(),
            leases = rows.Select(row => row.LeaseUntil).ToArray(),
            deliveredAt = rows.Select(row => row.DeliveredAt).ToArray(),
            deliveredBoots = rows.Select(row => row.DeliveredBoot).ToArray(),
            deliveredNonces = rows.Select(row => row.DeliveredNonce).ToArray(),
            deliveredEpochs = rows.Select(row => row.DeliveredEpoch).ToArray(),
            heldBoots = rows.Select(row => row.HeldBoot).ToArray(),
            heldNonces = rows.Select(row => row.HeldNonce).ToArray(),
            completedAt = rows.Select(row => row.CompletedAt).ToArray(),
            results = rows.Select(row => row.Result).ToArray(),
        }),
    };

    /// <summary>Whether the command stands in the database as it does here.</summary>
    public async Task<bool> StandsAsync(DbTransaction transaction) => (await FindAsync(transaction, DeviceId, CommandId))?.Status == Status;

    public CommandStatus Status => new(
        Words.Parse<CommandState>(State),
        ExpiresAt,
        Attempts,
        LeaseUntil,
        DeliveredAt is { } at && DeliveredBoot is { } boot && DeliveredNonce is { } nonce && DeliveredEpoch is { } epoch
            ? new DeliveryMark(at, new Boot(boot, nonce), new Epoch(epoch))
            : null,
        HeldBoot is { } heldBoot && HeldNonce is { } heldNonce ? new Boot(heldBoot, heldNonce) : null,
        Reason,
        Provisional != 0,
        Late != 0,
        CompletedAt,
        JsonValue.From(Result));

    public CommandView ToView() => new(
        CommandId,
        DeviceId,
        Kind,
        new JsonValue(Payload),
        Words.Parse<CommandState>(State),
        Late != 0,
        Attempts,
        Priority,
        CreatedAt,
        ExpiresAt,
        Reason,
        DeliveredAt,
        CompletedAt,
        JsonValue.From(Result),
        SupersedeKey,
        BatchId);

    public CommandEnvelope ToEnvelope(long now) => new(CommandId, Kind, new JsonValue(Payload), Math.Max(0, (ExpiresAt - now) / 1_000), Math.Max(1, Attempts), Traceparent);

    /// <summary>The command as it stands after a step.</summary>
    public CommandRow With(CommandStatus status) => this with
    {
        State = Words.Of(status.State),
        Reason = status.Reason,
        Provisional = status.IsProvisional ? 1 : 0,
        Late = status.IsLate ? 1 : 0,
        Attempts = status.Attempts,
        LeaseUntil = status.LeaseUntil,
        DeliveredAt = status.Delivery?.At,
        DeliveredBoot = status.Delivery?.Boot.Number,
        DeliveredNonce = status.Delivery?.Boot.Nonce,
        DeliveredEpoch = status.Delivery?.Epoch.Value,
        HeldBoot = status.HeldBy?.Number,
        HeldNonce = status.HeldBy?.Nonce,
        CompletedAt = status.CompletedAt,
        Result = status.Result?.Text,
    };
}
