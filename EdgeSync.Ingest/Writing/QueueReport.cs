using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Writes down how full this instance's queues are, and how long readings took, for whoever watches the control plane.</summary>
internal sealed class QueueReport(
    QueueStore queues, LatencyStore latencies, GroupCommit commit, IngestMetrics metrics, InstanceName instance, IOptions<IngestOptions> options, TimeProvider time, ILogger<QueueReport> log)
    : PeriodicWork(options.Value.QueueReportInterval, "How full the queues are, and how long readings took, could not be written down", time, log)
{
    private readonly string _instance = instance.Value;

    // A program that is started again may have the name of the one before, and has counted nothing of what that one has.
    private readonly string _process = string.Create(CultureInfo.InvariantCulture, $"{instance.Value} {time.GetMicroseconds()}");

    /// <summary>One report.</summary>
    public async Task ReportAsync(CancellationToken ct)
    {
        var now = Time.GetMicroseconds();
        await queues.SaveAsync(_instance, commit.QueueDepth, options.Value.QueueWritesMax, now, ct);
        await latencies.SaveAsync(_process, metrics.Latencies.Read(), ct);
        metrics.Latencies.Forget(now);
    }

    protected override Task RoundAsync(CancellationToken ct) => ReportAsync(ct);
}
