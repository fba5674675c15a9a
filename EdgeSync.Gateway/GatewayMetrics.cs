using System.Diagnostics.Metrics;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>What operators see of the gateway; callers say what happened.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "EdgeSync.Gateway";

    private readonly Counter<long> _refusals;

    public GatewayMetrics(IMeterFactory meters, RateLimits limits, AdmissionGate gate, OpenRequests requests)
    {
        var meter = meters.Create(MeterName);
        _refusals = meter.CreateCounter<long>("edgesync.gateway.refusals", "{request}", "Requests refused by a limit, by its name and scope.");
        meter.CreateObservableGauge("edgesync.gateway.budgets", () => limits.Devices, "{device}", "Devices that have used some of their limits lately.");
        meter.CreateObservableGauge("edgesync.gateway.reservations", () => gate.Reservations, "{device}", "Devices that were told when to return for their token.");
        meter.CreateObservableGauge("edgesync.gateway.open_requests", () => requests.Count, "{request}", "Requests of devices under way, event streams among them.");
    }

    public void Refused(LimitHit hit) => _refusals.Add(
        1, new KeyValuePair<string, object?>("limit", hit.Name), new KeyValuePair<string, object?>("scope", Words.Of(hit.Scope)));
}
