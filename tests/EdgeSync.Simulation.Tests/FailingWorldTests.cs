using EdgeSync.EdgeSimulator;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Simulation.Tests;

/// <summary>A world in which something is lost fails, is made smaller, and says how it is shown again.</summary>
public sealed class FailingWorldTests(Stage stage)
{
    private static readonly WorldSettings Settings = WorldSettings.Of(7, 40);

    [Theory]
    [InlineData("DELETE FROM telemetry_data WHERE seq = 1", "ledger")]
    [InlineData("UPDATE streams SET watermark = watermark + 1", "ledger")]
    [InlineData("UPDATE streams SET watermark = watermark - 1, stored = stored - 1; DELETE FROM telemetry_data WHERE (epoch, seq) IN (SELECT epoch, watermark + 1 FROM streams)", "cursor|watermark")]
    public void Damage_to_the_control_plane_is_found(string sql, string check)
    {
        var result = stage.Run.Run(Settings, tamper: world => world.After(TimeSpan.FromSeconds(20), () => Execute(world, sql)));

        Assert.Contains(result.Found?.Check ?? "nothing", check.Split('|'));
    }

    [Fact]
    public void A_failure_is_made_smaller_and_prints_the_command_line_that_shows_it_again()
    {
        using var output = new StringWriter();
        var report = new SimulationReport(output, new FakeTimeProvider(), asked: 1);
        WorldResult Run(WorldSettings settings) => stage.Run.Run(settings, tamper: world => world.After(
            TimeSpan.FromSeconds(20), () => Execute(world, "DELETE FROM telemetry_data WHERE seq = 1")));

        report.Done(Run(Settings));
        var passed = report.End(Run, CancellationToken.None);

        Assert.False(passed);
        Assert.Contains("seed 7 fails: ledger", output.ToString(), StringComparison.Ordinal);
        Assert.Matches("again: dotnet run -c Release --project EdgeSync.EdgeSimulator -- simulate --seeds 7\\.\\.7 --steps [0-9]{1,2} ", output.ToString());
    }

    [Fact]
    public void A_world_that_passes_says_its_trace()
    {
        using var output = new StringWriter();
        var report = new SimulationReport(output, new FakeTimeProvider(), asked: 1);
        var result = stage.Run.Run(Settings);

        report.Done(result);

        Assert.True(report.End(_ => throw new InvalidOperationException("Nothing is to be made smaller."), CancellationToken.None));
        Assert.Contains($"trace {result.Trace}", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_stopped_says_how_many_worlds_it_has_looked_at()
    {
        using var output = new StringWriter();
        using var stop = new CancellationTokenSource();
        var report = new SimulationReport(output, new FakeTimeProvider(), asked: 3);

        stage.Run.RunAll(
            [Settings, Settings, Settings],
            parallel: 1,
            result =>
            {
                report.Done(result);
                stop.Cancel();
            },
            stop.Token);

        Assert.True(report.End(_ => throw new InvalidOperationException("Nothing is to be made smaller."), stop.Token));
        Assert.False(report.IsComplete);
        Assert.Contains("stopped after 1 of 3: 1 worlds", output.ToString(), StringComparison.Ordinal);
    }

    private static void Execute(SimulatedWorld world, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = world.Database, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0);
    }
}
