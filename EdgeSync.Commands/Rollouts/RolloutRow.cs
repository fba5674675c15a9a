using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>A row of <c>rollouts</c>.</summary>
internal sealed record RolloutRow
{
    public const string Columns = """
        rollout_id AS Id, rollout AS Text, state AS State, stage AS Stage, stage_started_at AS StageStartedAt, stage_done_at AS StageDoneAt,
        created_at AS CreatedAt, changed_at AS ChangedAt, reason AS Reason
        """;

    public RolloutId Id { get; init; }

    public string Text { get; init; } = "";

    public string State { get; init; } = "";

    public int Stage { get; init; }

    public long? StageStartedAt { get; init; }

    public long? StageDoneAt { get; init; }

    public long CreatedAt { get; init; }

    public long ChangedAt { get; init; }

    public string? Reason { get; init; }

    public CreateRollout Rollout => JsonSerializer.Deserialize(Text, ProtocolJson.Default.CreateRollout)!;

    public RolloutStand Stand(StageCounts counts) => new(Words.Parse<RolloutState>(State), Stage, StageStartedAt ?? CreatedAt, StageDoneAt, counts);

    public static string ToText(CreateRollout rollout) => JsonSerializer.Serialize(rollout, ProtocolJson.Default.CreateRollout);

    public RolloutView ToView(IReadOnlyDictionary<int, StageCounts> counts)
    {
        var rollout = Rollout;
        return new RolloutView(
            Id,
            rollout,
            Words.Parse<RolloutState>(State),
            Stage,
            [.. Enumerable.Range(1, rollout.Stages.Count).Select(stage => ToView(counts.GetValueOrDefault(stage), stage == Stage ? StageStartedAt : null))],
            CreatedAt,
            ChangedAt,
            Reason);
    }

    private static RolloutStageView ToView(StageCounts counts, long? startedAt) =>
        new(counts.Devices, counts.Waiting, counts.Written, counts.Applied, counts.Failed, startedAt);

    private const string FindSql = $"SELECT {Columns} FROM rollouts WHERE rollout_id = @id";

    public static Task<RolloutRow?> FindAsync(DbTransaction transaction, RolloutId id) => transaction.FindAsync<RolloutRow>(FindSql, new { id });

    private const string LockSql = $"UPDATE rollouts SET state = state WHERE rollout_id = @id RETURNING {Columns}";

    /// <summary>Holds the rollout until the transaction ends: instances go on with it one after another.</summary>
    public static Task<RolloutRow?> LockAsync(DbTransaction transaction, RolloutId id) => transaction.FindAsync<RolloutRow>(LockSql, new { id });

    private const string SaveSql = """
        UPDATE rollouts SET rollout = @Text, state = @State, stage = @Stage, stage_started_at = @StageStartedAt, stage_done_at = @StageDoneAt, changed_at = @ChangedAt, reason = @Reason
        WHERE rollout_id = @Id
        """;

    public Task SaveAsync(DbTransaction transaction) => transaction.ExecuteAsync(SaveSql, this);

    /// <summary>Whether the row is as this one left it.</summary>
    public async Task<bool> StandsAsync(DbTransaction transaction) =>
        await FindAsync(transaction, Id) is { } row && (row.State, row.Stage, row.StageDoneAt, row.ChangedAt, row.Text) == (State, Stage, StageDoneAt, ChangedAt, Text);

    /// <summary>The row after a change of its course; where its stage begins anew, so does the stage's time.</summary>
    public RolloutRow With(RolloutState state, long now, string? reason, CreateRollout? rollout = null, int? stage = null, bool restarts = false) => this with
    {
        Text = rollout is null ? Text : ToText(rollout),
        State = Words.Of(state),
        Stage = stage ?? Stage,
        StageStartedAt = restarts ? now : StageStartedAt,
        StageDoneAt = restarts ? null : StageDoneAt,
        ChangedAt = now,
        Reason = reason,
    };

    private const string CountsSql = """
        SELECT stage AS Stage, state AS State, COUNT(*) AS Devices FROM rollout_devices WHERE rollout_id = @id AND (@stage = 0 OR stage = @stage) GROUP BY stage, state
        """;

    /// <summary>The devices of a stage, or of each where none is named.</summary>
    public static async Task<IReadOnlyDictionary<int, StageCounts>> CountAsync(DbTransaction transaction, RolloutId id, int stage = 0)
    {
        var counts = new Dictionary<int, StageCounts>();
        foreach (var row in await transaction.QueryAsync<CountRow>(CountsSql, new { id, stage }))
        {
            var (of, devices) = (counts.GetValueOrDefault(row.Stage), (int)row.Devices);
            counts[row.Stage] = Words.Parse<RolloutDeviceState>(row.State) switch
            {
                RolloutDeviceState.Waiting => of with { Waiting = devices },
                RolloutDeviceState.Written => of with { Written = devices },
                RolloutDeviceState.Applied => of with { Applied = devices },
                _ => of with { Failed = devices },
            };
        }

        return counts;
    }

    private sealed class CountRow
    {
        public int Stage { get; init; }

        public string State { get; init; } = "";

        public long Devices { get; init; }
    }
}
