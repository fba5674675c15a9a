using System.Data.Common;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>A row of <c>commands</c>, read and written by several stores.</summary>
internal sealed class CommandRow
{
    public DeviceId DeviceId { get; init; }

    public CommandId CommandId { get; init; }

    public string Kind { get; init; } = "";

    public string Payload { get; init; } = "";

    public string? IdempotencyKey { get; init; }

    public int Priority { get; init; }

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

    public const string Columns = """
        device_id AS DeviceId, command_id AS CommandId, kind AS Kind, payload AS Payload, idempotency_key AS IdempotencyKey, priority AS Priority, state AS State,
        reason AS Reason, provisional AS Provisional, late AS Late, attempts AS Attempts, created_at AS CreatedAt, expires_at AS ExpiresAt, lease_until AS LeaseUntil,
        delivered_at AS DeliveredAt, delivered_boot AS DeliveredBoot, delivered_nonce AS DeliveredNonce, delivered_epoch AS DeliveredEpoch,
        held_boot AS HeldBoot, held_nonce AS HeldNonce, completed_at AS CompletedAt, result AS Result
        """;

    private const string FindSql = $"SELECT {Columns} FROM commands WHERE device_id = @device AND command_id = @id";

    public static Task<CommandRow?> FindAsync(DbTransaction transaction, DeviceId device, CommandId id) =>
        transaction.FindAsync<CommandRow>(FindSql, new { device, id });

    private const string SaveSql = """
        UPDATE commands SET state = @State, reason = @Reason, provisional = @Provisional, late = @Late, attempts = @Attempts, lease_until = @LeaseUntil,
          delivered_at = @DeliveredAt, delivered_boot = @DeliveredBoot, delivered_nonce = @DeliveredNonce, delivered_epoch = @DeliveredEpoch,
          held_boot = @HeldBoot, held_nonce = @HeldNonce, completed_at = @CompletedAt, result = @Result
        WHERE device_id = @DeviceId AND command_id = @CommandId
        """;

    /// <summary>Writes where the command stands now.</summary>
    public async Task<CommandRow> SaveAsync(DbTransaction transaction, CommandStatus status)
    {
        var row = With(status);
        await transaction.ExecuteAsync(SaveSql, row);
        return row;
    }

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
        Result is null ? null : new JsonValue(Result));

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
        Result is null ? null : new JsonValue(Result));

    public CommandEnvelope ToEnvelope(long now) => new(CommandId, Kind, new JsonValue(Payload), Math.Max(0, (ExpiresAt - now) / 1_000), Math.Max(1, Attempts));

    private CommandRow With(CommandStatus status) => new()
    {
        DeviceId = DeviceId,
        CommandId = CommandId,
        Kind = Kind,
        Payload = Payload,
        IdempotencyKey = IdempotencyKey,
        Priority = Priority,
        State = Words.Of(status.State),
        Reason = status.Reason,
        Provisional = status.IsProvisional ? 1 : 0,
        Late = status.IsLate ? 1 : 0,
        Attempts = status.Attempts,
        CreatedAt = CreatedAt,
        ExpiresAt = ExpiresAt,
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
