using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Counts what is still on its way to devices for those who collect metrics: once an interval, and never where nobody does.</summary>
internal sealed class IntentWatch(IntentTotalsStore store, IntentMetrics metrics, TimeProvider time, ILogger<IntentWatch> log)
    : PeriodicWork(Interval, "What is on its way to devices could not be counted", time, log)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <summary>Counts once.</summary>
    public async Task ReadAsync(CancellationToken ct) => metrics.Show(await store.ReadAsync(ct), Time.GetMicroseconds());

    protected override Task RoundAsync(CancellationToken ct) => metrics.IsCollected ? ReadAsync(ct) : Task.CompletedTask;
}
