using System.Net;
using EdgeSync.Protocol;
using Microsoft.Extensions.ServiceDiscovery;

namespace EdgeSync.Gateway;

/// <summary>Asks Commands who may not enter; another instance each time, where there are several.</summary>
internal sealed class RevocationSource(ServiceEndpointResolver resolver) : IDisposable
{
    private const string Service = "http://_h2c.commands";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Not one of the factory's: those try again by themselves, and this one is asked again in a second.
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseProxy = false })
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        MaxResponseContentBufferSize = FleetStatement.LengthMax,
        Timeout = Patience,
    };

    private int _asked;

    /// <summary>The answer, not checked yet.</summary>
    /// <param name="version">The version that is known; null for the whole list.</param>
    /// <param name="ct">Ends waiting.</param>
    /// <exception cref="HttpRequestException">There is none.</exception>
    /// <exception cref="TaskCanceledException">It took too long.</exception>
    public async Task<string> AskAsync(long? version, CancellationToken ct)
    {
        var found = await resolver.GetEndpointsAsync(Service, ct);
        if (found.Endpoints.Count == 0)
        {
            throw new HttpRequestException($"{Service} has no address. Set Services:commands:h2c.");
        }

        var address = ServiceDestinations.AddressOf(Service, found.Endpoints[(_asked++ & int.MaxValue) % found.Endpoints.Count]);
        return await _http.GetStringAsync(new Uri(new Uri(address), Routes.Revocations + (version is null ? "" : $"?version={version}")), ct);
    }

    public void Dispose() => _http.Dispose();
}
