using System.Text.Json;

namespace EdgeSync.EdgeSimulator.Tests;

[Collection("finished run")]
public sealed class RunTests(FinishedRun run)
{
    [Fact]
    public void A_run_ends_with_a_report_that_passes()
    {
        var (exitCode, report) = run.Runs[0];

        Assert.Equal(ExitCodes.Pass, exitCode);
        Assert.Equal("pass", report.GetProperty("verdict").GetString());
        Assert.True(report.GetProperty("stored").GetInt64() > 100, report.ToString());
        Assert.All(["lost", "duplicated", "altered", "pending", "refused", "dropped", "expired"], name => Assert.Equal(0, report.GetProperty(name).GetInt64()));
        Assert.Equal(report.GetProperty("produced").GetInt64(), report.GetProperty("stored").GetInt64());
        var commands = report.GetProperty("commands");
        Assert.True(commands.GetProperty("issued").GetInt32() > 5, commands.ToString());
        Assert.Equal(commands.GetProperty("issued").GetInt32(), commands.GetProperty("succeeded").GetInt32());
    }

    [Fact]
    public void A_second_run_continues_the_same_streams()
    {
        using var copy = run.Copy();
        var (exitCode, report) = run.Runs[1];

        Assert.Equal(ExitCodes.Pass, exitCode);
        Assert.Equal(0, report.GetProperty("extraStreams").GetInt64());
        Assert.True(report.GetProperty("stored").GetInt64() > run.Runs[0].Report.GetProperty("stored").GetInt64());
        Assert.Equal(5, copy.Query<int>("SELECT count(*) FROM streams"));
    }

    [Fact]
    public async Task The_verb_audit_passes_over_both_runs()
    {
        using var copy = run.Copy();

        Assert.Equal((ExitCodes.Pass, ""), await copy.AuditVerbAsync());
    }

    [Fact]
    public void The_report_has_the_fields_that_its_readers_know()
    {
        var names = Names(run.Runs[0].Report, "").Where(name => !name.StartsWith("errors.", StringComparison.Ordinal));

        Assert.Equal(
            """
            schemaVersion seed devices durationSeconds produced stored refused dropped expired pending lost duplicated altered extraStreams batches resentBatches recordsPerSecond
            syncLatencyMs syncLatencyMs.p50 syncLatencyMs.p95 syncLatencyMs.p99 syncLatencyMs.max certificateRenewals
            commands commands.issued commands.succeeded commands.failed commands.interrupted commands.expired commands.cancelled commands.unfinished commands.lost commands.repeated
            conflicts conflicts.documents conflicts.logged conflicts.required conflicts.missing conflicts.wrong conflicts.uncheckedDevices
            commandLatencyMs commandLatencyMs.p50 commandLatencyMs.p95 commandLatencyMs.p99 commandLatencyMs.max
            connectSeconds drainSeconds cpuMicrosecondsPerRecord peakWorkingSetMb errors
            faults faults.requests faults.servicesKilled faults.workersKilled faults.databasesKilled faults.filesRolledBack differences verdict
            """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
            names);
        Assert.Equal(1, run.Runs[0].Report.GetProperty("schemaVersion").GetInt32());
    }

    private static IEnumerable<string> Names(JsonElement element, string prefix) => element.ValueKind != JsonValueKind.Object
        ? []
        : element.EnumerateObject().SelectMany(field => Names(field.Value, $"{prefix}{field.Name}.").Prepend(prefix + field.Name));
}
