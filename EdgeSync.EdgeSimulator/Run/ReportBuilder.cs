using System.Diagnostics;

namespace EdgeSync.EdgeSimulator;

/// <summary>From the audit of the files and what the run measured to a report.</summary>
internal static class ReportBuilder
{
    private const double BytesPerMb = 1_048_576;

    public static ReportCharts Build(RunOptions options, DataFolder folder, string database, RunFacts facts, Timeline timeline, TimeSpan cpu, long startedAt, bool continued)
    {
        var sync = new List<double>();
        var latency = new LatencyTimeline(startedAt);
        var stored = 0L;
        var audit = Auditor.Run(folder, database, (device, row) =>
        {
            if (row.ReceivedAt >= startedAt)
            {
                stored++;
                if (device >= options.Misbehaving)
                {
                    var latencyMs = (row.ReceivedAt - row.Reading.RecordedAt) / 1_000.0;
                    sync.Add(latencyMs);
                    latency.Add(row.ReceivedAt, latencyMs);
                }
            }
        });
        if (!facts.Drained)
        {
            audit.Differ($"the fleet did not drain within {options.Drain.TotalSeconds:F0} s: {facts.Stats.Pending} readings pending, {audit.CommandsUnfinished} commands unfinished");
        }

        CheckExpectations(audit, options, facts, continued);
        var totalCpu = cpu + facts.Others.Cpu;
        var report = new RunReport
        {
            Seed = options.Seed,
            Devices = options.Devices,
            DurationSeconds = Math.Round(facts.WorkSeconds, 1),
            Produced = audit.Produced,
            Stored = audit.Stored,
            Refused = audit.Refused,
            Dropped = audit.Dropped,
            Expired = audit.Expired,
            Pending = audit.Pending,
            Lost = audit.Lost,
            Duplicated = audit.Duplicated,
            Altered = audit.Altered,
            ExtraStreams = audit.ExtraStreams,
            Batches = facts.Stats.Batches,
            ResentBatches = facts.Stats.ResentBatches,
            RecordsPerSecond = Math.Round(stored / Math.Max(0.001, facts.WorkSeconds), 1),
            SyncLatencyMs = Percentiles.Of(sync),
            CertificateRenewals = facts.Stats.Renewals,
            Commands = new CommandCounts(
                audit.CommandsIssued, audit.CommandsSucceeded, audit.CommandsFailed, audit.CommandsInterrupted, audit.CommandsExpired,
                audit.CommandsCancelled, audit.CommandsUnfinished, audit.CommandsLost, audit.CommandsRepeated),
            Conflicts = new ConflictCounts(
                audit.DocumentsCompared, audit.ConflictsLogged, audit.ConflictsRequired, audit.ConflictsMissing, audit.ConflictsWrong, audit.ConflictsUncheckedDevices),
            CommandLatencyMs = Percentiles.Of([.. audit.CommandLatenciesMs]),
            ConnectSeconds = Math.Round(facts.ConnectSeconds, 2),
            DrainSeconds = Math.Round(facts.DrainSeconds, 2),
            CpuMicrosecondsPerRecord = Math.Round(totalCpu.TotalMicroseconds / Math.Max(1, stored), 1),
            PeakWorkingSetMb = Math.Round((Process.GetCurrentProcess().PeakWorkingSet64 + facts.Others.PeakBytes) / BytesPerMb, 1),
            Errors = facts.Stats.Errors,
            Faults = facts.Faults,
            Differences = audit.Differences,
            Verdict = audit.Passed ? "pass" : "fail",
        };
        return new ReportCharts(report, timeline.Samples, timeline.Faults, latency.Spans());
    }

    // Accounted for is not enough where faults did not happen, or where nothing should have happened: these sensors produce only what is allowed, and nobody kills a device for its commands.
    private static void CheckExpectations(AuditResult audit, RunOptions options, RunFacts facts, bool continued)
    {
        if (options.Faults == FaultLevel.Hostile && options is { Database.IsPrivateServer: true, ControlPlane: null } && facts.WorkSeconds >= DatabaseChaos.CertainSeconds
            && facts.Faults.DatabasesKilled < DatabaseChaos.KillsMin)
        {
            audit.Differ($"PostgreSQL was killed {facts.Faults.DatabasesKilled} times in {facts.WorkSeconds:F0} s, {DatabaseChaos.KillsMin} times at least were to come");
        }

        if (audit.Refused + audit.Dropped > 0)
        {
            audit.Differ($"{audit.Refused} readings refused and {audit.Dropped} dropped, though every one of them was valid");
        }

        if (!continued && facts.Faults is { WorkersKilled: 0, FilesRolledBack: 0 } && audit.CommandsInterrupted + audit.CommandsFailed + audit.CommandsExpired > 0)
        {
            audit.Differ($"{audit.CommandsInterrupted} commands interrupted, {audit.CommandsFailed} failed and {audit.CommandsExpired} expired, though no device was killed");
        }
    }
}
