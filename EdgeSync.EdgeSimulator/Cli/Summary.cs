using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>What a person reads at the end of a run or an audit.</summary>
internal static class Summary
{
    public static void Write(RunReport report, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            produced {report.Produced} = stored {report.Stored} + refused {report.Refused} + dropped {report.Dropped} + expired {report.Expired} + pending {report.Pending}
            {report.Lost} lost, {report.Duplicated} duplicated, {report.Altered} altered
            sync latency ms: p50 {report.SyncLatencyMs.P50}, p95 {report.SyncLatencyMs.P95}, p99 {report.SyncLatencyMs.P99}, max {report.SyncLatencyMs.Max}; {report.RecordsPerSecond} readings/s, {report.CpuMicrosecondsPerRecord} us of CPU each
            commands: {report.Commands.Issued} issued, {report.Commands.Succeeded} succeeded, {report.Commands.Failed} failed, {report.Commands.Interrupted} interrupted, {report.Commands.Unfinished} unfinished, {report.Commands.Lost} lost, {report.Commands.Repeated} repeated
            configuration: {report.Conflicts.Documents} documents compared, {report.Conflicts.Logged} conflicts logged, {report.Conflicts.Required} had to be; {report.Conflicts.Missing} missing, {report.Conflicts.Wrong} wrong ({report.Conflicts.UncheckedDevices} devices rolled back)
            batches: {report.Batches}, {report.ResentBatches} resent; {report.CertificateRenewals} certificates renewed
            faults: {report.Faults.Requests} requests, {report.Faults.ServicesKilled} services, {report.Faults.WorkersKilled} workers and {report.Faults.DatabasesKilled} databases killed, {report.Faults.FilesRolledBack} files rolled back ({report.ExtraStreams} extra streams)
            everything was sent {report.DrainSeconds} s after the faults had ended
            """));
        Write(report.Differences, report.Verdict, output);
    }

    public static void Write(AuditResult audit, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            produced {audit.Produced} = stored {audit.Stored} + refused {audit.Refused} + dropped {audit.Dropped} + expired {audit.Expired} + pending {audit.Pending}
            {audit.Lost} lost, {audit.Duplicated} duplicated, {audit.Altered} altered; {audit.ExtraStreams} extra streams
            commands: {audit.CommandsIssued} issued, {audit.CommandsSucceeded} succeeded, {audit.CommandsFailed} failed, {audit.CommandsInterrupted} interrupted, {audit.CommandsUnfinished} unfinished, {audit.CommandsLost} lost, {audit.CommandsRepeated} repeated
            configuration: {audit.DocumentsCompared} documents compared, {audit.ConflictsLogged} conflicts logged, {audit.ConflictsRequired} had to be; {audit.ConflictsMissing} missing, {audit.ConflictsWrong} wrong ({audit.ConflictsUncheckedDevices} devices rolled back)
            receipts: {audit.Receipts} checked, {audit.ReceiptsWrong} wrong
            """));
        Write(audit.Differences, audit.Passed ? "pass" : "fail", output);
    }

    private static void Write(IReadOnlyList<string> differences, string verdict, TextWriter output)
    {
        foreach (var difference in differences)
        {
            output.WriteLine($"  {difference}");
        }

        output.WriteLine($"verdict: {verdict}");
    }
}
