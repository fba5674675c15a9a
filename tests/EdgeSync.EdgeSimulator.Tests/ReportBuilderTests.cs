namespace EdgeSync.EdgeSimulator.Tests;

[Collection("finished run")]
public sealed class ReportBuilderTests(FinishedRun run)
{
    private static readonly RunFacts Quiet = new(0.5, 2, 1, Drained: true, FleetStats.None, default, new FaultCounts(0, 0, 0, 0, 0));

    [Fact]
    public void What_was_received_since_the_run_began_makes_its_rate_and_its_latencies()
    {
        using var copy = run.Copy();
        var secondHalf = copy.Query<long>("SELECT received_at FROM telemetry_data ORDER BY received_at LIMIT 1 OFFSET (SELECT count(*) / 2 FROM telemetry_data)");

        var (all, half, none) = (Build(copy, Quiet, startedAt: 0), Build(copy, Quiet, startedAt: secondHalf), Build(copy, Quiet, startedAt: long.MaxValue));

        Assert.Equal(Math.Round(all.Stored / 2.0, 1), all.RecordsPerSecond);
        Assert.InRange(half.RecordsPerSecond, 1, all.RecordsPerSecond - 1);
        Assert.Equal((0.0, new Percentiles(0, 0, 0, 0)), (none.RecordsPerSecond, none.SyncLatencyMs));
        Assert.Equal(("pass", all.Stored), (none.Verdict, none.Stored));
    }

    [Fact]
    public void A_fleet_that_did_not_drain_fails()
    {
        using var copy = run.Copy();

        var report = Build(copy, Quiet with { Drained = false });

        Assert.Equal("fail", report.Verdict);
        Assert.StartsWith("the fleet did not drain within 60 s", Assert.Single(report.Differences), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("failed", 0, false, "fail")]
    [InlineData("interrupted", 0, false, "fail")]
    [InlineData("expired", 0, false, "fail")]
    [InlineData("cancelled", 0, false, "pass")]
    [InlineData("interrupted", 1, false, "pass")]
    [InlineData("interrupted", 0, true, "pass")]
    public void A_command_may_end_badly_only_where_devices_were_killed(string state, int killed, bool continued, string verdict)
    {
        using var copy = run.Copy();
        copy.Damage($"UPDATE commands SET state = '{state}' WHERE command_id = (SELECT min(command_id) FROM commands)");

        Assert.Equal(verdict, Build(copy, Quiet with { Faults = Quiet.Faults with { WorkersKilled = killed } }, continued: continued).Verdict);
    }

    [Theory]
    [InlineData(2, 60, "pass")]
    [InlineData(1, 60, "fail")]
    [InlineData(0, 20, "pass")]
    public void A_hostile_run_on_a_private_PostgreSQL_kills_it_twice(int kills, double seconds, string verdict)
    {
        using var copy = run.Copy();
        var facts = Quiet with { WorkSeconds = seconds, Faults = Quiet.Faults with { DatabasesKilled = kills } };

        var report = Build(copy, facts, options: new RunOptions { Faults = FaultLevel.Hostile, Database = DatabaseChoice.Postgres });

        Assert.Equal(verdict, report.Verdict);
    }

    private static RunReport Build(RunCopy copy, RunFacts facts, long startedAt = 0, bool continued = false, RunOptions? options = null) =>
        ReportBuilder.Build(options ?? new RunOptions(), copy.Folder, DatabaseChoice.OfFile(copy.Folder.Database), facts, new Timeline(), TimeSpan.FromSeconds(1), startedAt, continued).Report;
}
