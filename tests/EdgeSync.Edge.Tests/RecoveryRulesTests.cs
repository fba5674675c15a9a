using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>The table of errors is what the decision core does: a row that said otherwise would fail here.</summary>
public sealed class RecoveryRulesTests
{
    private static readonly BackoffBounds Bounds = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));
    private static readonly TimeSpan Asked = TimeSpan.FromMinutes(2);

    public static IEnumerable<TheoryDataRow<string>> Codes => RecoveryRules.All.Select(rule => new TheoryDataRow<string>(rule.Code));

    [Fact]
    public void Each_reason_has_one_row() => Assert.Equal(
        typeof(ReasonCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!).Concat(["http-4xx", "http-5xx"]).Concat(ProblemTypes.All.Select(type => type.Code)).Order(StringComparer.Ordinal),
        RecoveryRules.All.Select(rule => rule.Code).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Codes))]
    public void The_wait_is_the_rows_and_there_is_always_a_next_attempt(string code)
    {
        var rule = RecoveryRules.For(code);
        if (OutcomeOf(code) is not { } outcome)
        {
            Assert.Null(rule.Category);
            return;
        }

        var first = SyncDecision.Next(LaneState.Initial, outcome, TimeSpan.Zero, 1, Bounds);
        var tenth = Enumerable.Range(0, 10).Aggregate(LaneState.Initial, (state, _) => SyncDecision.Next(state, outcome, TimeSpan.Zero, 1, Bounds));
        var asked = SyncDecision.Next(LaneState.Initial, outcome with { RetryAfter = Asked }, TimeSpan.Zero, 1, Bounds);

        Assert.Equal(rule.Category, outcome.Category);
        Assert.Equal(rule.Wait == RecoveryWait.Longest ? Bounds.Max : Bounds.Initial, first.NextAttemptAt);
        Assert.Equal(Bounds.Max, tenth.NextAttemptAt);
        Assert.True(rule.Wait != RecoveryWait.Asked || asked.NextAttemptAt == Asked);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void What_wakes_it_is_what_ends_its_wait(string code)
    {
        if (OutcomeOf(code) is not { } outcome)
        {
            return;
        }

        var wake = RecoveryRules.For(code).Wake;
        var waiting = SyncDecision.Next(LaneState.Initial, outcome, TimeSpan.Zero, 1, Bounds);

        Assert.Equal(wake == RecoveryWake.Connection, !SyncDecision.Reconnected(waiting, TimeSpan.Zero, Bounds).IsWaiting(TimeSpan.Zero));
        Assert.Equal(wake == RecoveryWake.Certificate, !SyncDecision.Reidentified(waiting, TimeSpan.Zero).IsWaiting(TimeSpan.Zero));
    }

    [Fact]
    public void A_problem_of_a_later_protocol_has_a_wait_too() => Assert.Equal(RecoveryWait.Backoff, RecoveryRules.For("not-known-yet").Wait);

    [Theory]
    [InlineData(13, 13, "disk-full")]
    [InlineData(10, 4874, "disk-full")]
    [InlineData(5, 5, "database-busy")]
    [InlineData(5, 517, "database-busy")]
    [InlineData(6, 262, "database-busy")]
    [InlineData(11, 11, "database-corrupt")]
    [InlineData(11, 779, "database-corrupt")]
    [InlineData(26, 26, "database-corrupt")]
    [InlineData(10, 266, "device-storage")]
    [InlineData(8, 8, "device-storage")]
    [InlineData(14, 14, "device-storage")]
    [InlineData(1, 1, "device-storage")]
    public void Results_of_SQLite_have_their_own_reasons(int code, int extended, string reason) => Assert.Equal(reason, StorageRules.ReasonOf(code, extended));

    private static AttemptOutcome? OutcomeOf(string code) => code switch
    {
        ReasonCodes.Ok or ReasonCodes.Paused => null,
        ReasonCodes.NotEnrolled => AttemptOutcome.NotEnrolled("x"),
        ReasonCodes.UnreadableAnswer => AttemptOutcome.Unreadable("x"),
        ReasonCodes.HistoryDiffers => AttemptOutcome.HistoryDiffers("x"),
        ReasonCodes.DiskFull => AttemptOutcome.Storage(new Microsoft.Data.Sqlite.SqliteException("x", 13)),
        ReasonCodes.DatabaseBusy => AttemptOutcome.Storage(new Microsoft.Data.Sqlite.SqliteException("x", 5)),
        ReasonCodes.DatabaseCorrupt => AttemptOutcome.Storage(new Microsoft.Data.Sqlite.SqliteException("x", 11)),
        ReasonCodes.DeviceStorage => AttemptOutcome.Storage(new UnauthorizedAccessException("x")),
        "http-4xx" => new AttemptOutcome("http-404", ProblemCategory.Data),
        "http-5xx" => new AttemptOutcome("http-502", ProblemCategory.Resource),
        _ => ProblemTypes.All.FirstOrDefault(type => type.Code == code) is { } type ? AttemptOutcome.Of(type.With("x"), null) : AttemptOutcome.Network(code, "x"),
    };
}
