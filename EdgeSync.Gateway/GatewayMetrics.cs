using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>What operators see of the gateway; callers say what happened.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "EdgeSync.Gateway";

    private readonly Counter<long> _refusals;
    private readonly Counter<long> _accepted;
    private readonly UpDownCounter<long> _connections;
    private readonly Histogram<double> _remaining;

    public GatewayMetrics(
        IMeterFactory meters, RateLimits limits, AdmissionGate gate, OpenRequests requests, ServerCertificate server, FleetCertificates fleet, RevocationRegister revocations, TimeProvider time)
    {
        var meter = meters.Create(MeterName);
        _accepted = meter.CreateCounter<long>("edgesync.gateway.connections.accepted", "{connection}", "Connections that were opened, those that never finished a handshake among them, by port.");
        _connections = meter.CreateUpDownCounter<long>("edgesync.gateway.connections", "{connection}", "Connections that are open and past their handshake, by port.");
        _remaining = meter.CreateHistogram(
            "edgesync.gateway.device_certificates.remaining", "d", "What a device's certificate has left, with each token.", advice: HistogramBuckets.Days);
        meter.CreateObservableGauge(
            "edgesync.gateway.certificates.remaining", () => new[] { Left("server", server.Current.EndsAt - time.GetUtcNow()), Left("fleet", fleet.EndsAt - time.GetUtcNow()) }, "d", "What the gateway's own certificates have left; negative when it is over.");
        meter.CreateObservableGauge("edgesync.gateway.revocations.age", () => Age(revocations, time), "s", "How old the list of who may not enter is.");
        _refusals = meter.CreateCounter<long>("edgesync.gateway.refusals", "{request}", "Requests refused by a limit, by its name and scope.");
        meter.CreateObservableGauge("edgesync.gateway.budgets", () => limits.Devices, "{device}", "Devices that have used some of their limits lately.");
        meter.CreateObservableGauge("edgesync.gateway.reservations", () => gate.Reservations, "{device}", "Devices that were told when to return for their token.");
        meter.CreateObservableGauge("edgesync.gateway.open_requests", () => requests.Count, "{request}", "Requests of devices under way, event streams among them.");
    }

    /// <summary>A connection was opened; counts nothing more until its handshake is over.</summary>
    public void Accepted(GatewayPort port) => _accepted.Add(1, Tag(port));

    /// <summary>A connection is past its handshake.</summary>
    /// <returns>What counts its end.</returns>
    public IDisposable Connected(GatewayPort port)
    {
        _connections.Add(1, Tag(port));
        return new Connection(_connections, port);
    }

    /// <summary>A device was given a token.</summary>
    public void TokenIssued(TimeSpan certificateLeft) => _remaining.Record(certificateLeft.TotalDays);

    public void Refused(LimitHit hit) => _refusals.Add(
        1, new KeyValuePair<string, object?>("limit", hit.Name), new KeyValuePair<string, object?>("scope", Words.Of(hit.Scope)));

    private static Measurement<double> Left(string certificate, TimeSpan left) => new(left.TotalDays, new KeyValuePair<string, object?>("certificate", certificate));

    private static IEnumerable<Measurement<double>> Age(RevocationRegister revocations, TimeProvider time) =>
        revocations.List is { } list ? [new Measurement<double>((time.GetUtcNow() - list.FreshAt).TotalSeconds)] : [];

    private static KeyValuePair<string, object?> Tag(GatewayPort port) => new("port", Words.Of(port));

    private sealed class Connection(UpDownCounter<long> connections, GatewayPort port) : IDisposable
    {
        public void Dispose() => connections.Add(-1, Tag(port));
    }
}
