using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A row of <c>command_batches</c>, read and written by several stores.</summary>
internal sealed record CommandBatchRow
{
    public static readonly string Creating = Words.Of(CommandBatchState.Creating);
    public static readonly string Created = Words.Of(CommandBatchState.Created);

    /// <summary>Cancelled, and some of its commands are still open.</summary>
    public const string Cancelling = "cancelling";

    public BatchId BatchId { get; init; }

    public string Selector { get; init; } = "";

    public string Command { get; init; } = "";

    public string? IdempotencyKey { get; init; }

    public string State { get; init; } = "";

    public int Devices { get; init; }

    public DeviceId? LastDevice { get; init; }

    public long CreatedAt { get; init; }

    public string? Reason { get; init; }

    public string? Traceparent { get; init; }

    public const string Columns = """
        batch_id AS BatchId, selector AS Selector, command AS Command, idempotency_key AS IdempotencyKey, state AS State, devices AS Devices, last_device AS LastDevice,
        created_at AS CreatedAt, reason AS Reason, traceparent AS Traceparent
        """;

    private const string FindSql = $"SELECT {Columns} FROM command_batches WHERE batch_id = @id";

    public static Task<CommandBatchRow?> FindAsync(DbTransaction transaction, BatchId id) => transaction.FindAsync<CommandBatchRow>(FindSql, new { id });

    public bool IsCancelled => State == Cancelling || State == Words.Of(CommandBatchState.Cancelled);

    /// <summary>The batch when its commands up to a device are created.</summary>
    public CommandBatchRow After(DeviceId device) => this with { LastDevice = device };

    public CreateCommand ToCommand() => JsonSerializer.Deserialize(Command, ProtocolJson.Default.CreateCommand)!;

    public static string ToText(CreateCommand command) => JsonSerializer.Serialize(command, ProtocolJson.Default.CreateCommand);

    /// <summary>The batch with its commands counted by the words of their states.</summary>
    public CommandBatchView ToView(IReadOnlyDictionary<string, int> commands) => new(
        BatchId,
        Selector,
        ToCommand(),
        IsCancelled ? CommandBatchState.Cancelled : Words.Parse<CommandBatchState>(State),
        Devices,
        new CommandCounts(
            Count(commands, CommandState.Pending),
            Count(commands, CommandState.Leased),
            Count(commands, CommandState.Delivered),
            Count(commands, CommandState.Succeeded),
            Count(commands, CommandState.Failed),
            Count(commands, CommandState.Interrupted),
            Count(commands, CommandState.Expired),
            Count(commands, CommandState.Cancelled)),
        CreatedAt,
        Reason);

    private static int Count(IReadOnlyDictionary<string, int> commands, CommandState state) => commands.GetValueOrDefault(Words.Of(state));
}
