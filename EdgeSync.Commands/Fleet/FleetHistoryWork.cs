using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Keeps how the fleet is, once a minute. Any number of instances may do so at once.</summary>
internal sealed class FleetHistoryWork(FleetWatch watch, FleetHistoryStore store, TimeProvider time, ILogger<FleetHistoryWork> log)
    : PeriodicWork(TimeSpan.FromMinutes(1), "How the fleet is could not be kept", time, log)
{
    public async Task SampleAsync(CancellationToken ct) => await store.WriteAsync((await watch.ReadAsync(ct)).ToSample(), ct);

    protected override Task RoundAsync(CancellationToken ct) => SampleAsync(ct);
}
