using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Writes down how full this instance's queues are, for whoever watches the control plane.</summary>
internal sealed class QueueReport(
    QueueStore store, GroupCommit commit, InstanceName instance, IOptions<IngestOptions> options, TimeProvider time, ILogger<QueueReport> log)
    : PeriodicWork(options.Value.QueueReportInterval, "How full the queues are could not be written down", time, log)
{
    /// <summary>One report.</summary>
    public Task ReportAsync(CancellationToken ct) => store.SaveAsync(instance.Value, commit.QueueDepth, options.Value.QueueWritesMax, Time.GetMicroseconds(), ct);

    protected override Task RoundAsync(CancellationToken ct) => ReportAsync(ct);
}
