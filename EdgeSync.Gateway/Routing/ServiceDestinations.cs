using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.ServiceDiscovery;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace EdgeSync.Gateway;

/// <summary>Service discovery for the proxy: <c>http://_h2c.ingest</c> becomes the addresses under <c>Services:ingest:h2c</c>, and again when they change; their names become what is behind them, where that is asked for.</summary>
internal sealed class ServiceDestinations(ServiceEndpointResolver resolver, NameLookup names, IOptions<GatewayOptions> options, TimeProvider time) : IDestinationResolver
{
    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var resolved = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);
        var changes = new List<IChangeToken>();
        foreach (var (name, destination) in destinations)
        {
            var source = await resolver.GetEndpointsAsync(destination.Address, cancellationToken);
            changes.Add(source.ChangeToken);
            foreach (var endpoint in source.Endpoints)
            {
                foreach (var address in await BehindAsync(AddressOf(destination.Address, endpoint), cancellationToken))
                {
                    resolved[$"{name}[{address}]"] = destination with { Address = address };
                }
            }
        }

        if (options.Value.DestinationRefresh is { } interval)
        {
            changes.Add(new CancellationChangeToken(new CancellationTokenSource(interval, time).Token));
        }

        return new ResolvedDestinationCollection(resolved, new CompositeChangeToken(changes));
    }

    private async ValueTask<IReadOnlyList<string>> BehindAsync(string address, CancellationToken ct) =>
        options.Value.DestinationRefresh is null ? [address] : await names.BehindAsync(address, ct);

    /// <summary>Configuration may give a whole URI or a host with a port, to which the scheme of the destination belongs.</summary>
    public static string AddressOf(string destination, ServiceEndpoint endpoint)
    {
        var text = endpoint.ToString()!;
        return text.Contains("://", StringComparison.Ordinal) ? text : $"{new Uri(destination).Scheme}://{text}";
    }
}
