using System.Diagnostics.Metrics;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>What operators see of the gateway; callers say what happened.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "EdgeSync.Gateway";

    private readonly Counter<long> _refusals;

    public GatewayMetrics(IMeterFactory meters, RateLimits limits)
    {
        var meter = meters.Create(MeterName);
        _refusals = meter.CreateCounter<long>("edgesync.gateway.refusals", "{request}", "Requests refused by a limit, by its name and scope.");
        meter.CreateObservableGauge("edgesync.gateway.budgets", () => limits.Devices, "{device}", "Devices that have used some of their limits lately.");
    }

    public void Refused(LimitHit hit) => _refusals.Add(
        1, new KeyValuePair<string, object?>("limit", hit.Name), new KeyValuePair<string, object?>("scope", Words.Of(hit.Scope)));
}
