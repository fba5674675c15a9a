using System.Net;
using System.Net.Sockets;

namespace EdgeSync.Gateway;

/// <summary>The addresses behind the name of a service: one for each instance, where its name server says them all.</summary>
internal sealed partial class NameLookup(ILogger<NameLookup> logger)
{
    /// <summary>Asks the name server; tests have another.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Ask { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>The same address with each that its name leads to in the name's place; as it is where it has none, or the name leads nowhere now: then whoever connects says so.</summary>
    public async ValueTask<IReadOnlyList<string>> BehindAsync(string address, CancellationToken ct)
    {
        var named = new Uri(address);
        if (named.HostNameType != UriHostNameType.Dns)
        {
            return [address];
        }

        try
        {
            var found = await Ask(named.DnsSafeHost, ct);
            return found.Length == 0 ? [address] : [.. found.Select(host => Put(named, host)).Distinct().Order(StringComparer.Ordinal)];
        }
        catch (SocketException e)
        {
            LogNotFound(named.DnsSafeHost, e.Message);
            return [address];
        }
    }

    private static string Put(Uri named, IPAddress host) => new UriBuilder(named) { Host = host.ToString() }.Uri.ToString();

    [LoggerMessage(LogLevel.Warning, "The name {Host} of a service leads nowhere now: {Reason}")]
    private partial void LogNotFound(string host, string reason);
}
