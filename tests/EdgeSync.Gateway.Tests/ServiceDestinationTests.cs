using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.ServiceDiscovery;
using Microsoft.Extensions.Time.Testing;
using Yarp.ReverseProxy.Configuration;

namespace EdgeSync.Gateway.Tests;

/// <summary>Several instances behind one name each get their share, and a new one soon.</summary>
public sealed class ServiceDestinationTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly Dictionary<string, DestinationConfig> Discovered = new() { ["discovered"] = new DestinationConfig { Address = "http://_h2c.ingest" } };

    private readonly FakeTimeProvider _time = new();
    private IPAddress[] _instances = [IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.1")];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_is_one_destination_where_nothing_else_is_asked_for() =>
        Assert.Equal(["http://ingest:5102/"], await ResolveAsync("http://ingest:5102", refresh: null));

    [Fact]
    public async Task Each_address_behind_a_name_is_a_destination() =>
        Assert.Equal(["http://10.0.0.1:5102/", "http://10.0.0.2:5102/"], await ResolveAsync("http://ingest:5102", Interval));

    [Fact]
    public async Task An_address_of_IPv6_is_written_in_brackets()
    {
        _instances = [IPAddress.Parse("fd00::7")];

        Assert.Equal(["http://[fd00::7]:5102/"], await ResolveAsync("http://ingest:5102", Interval));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5102/")]
    [InlineData("http://[::1]:5102/")]
    public async Task What_is_an_address_already_stays(string address) => Assert.Equal([address], await ResolveAsync(address, Interval));

    [Fact]
    public async Task A_name_that_leads_nowhere_stays_and_is_asked_for_again()
    {
        var destinations = Destinations("http://ingest:5102", Interval, (_, _) => throw new SocketException((int)SocketError.HostNotFound));

        var resolved = await destinations.ResolveDestinationsAsync(Discovered, Ct);

        Assert.Equal("http://ingest:5102/", Assert.Single(resolved.Destinations).Value.Address);
        _time.Advance(Interval);
        Assert.True(resolved.ChangeToken!.HasChanged);
    }

    [Fact]
    public async Task Names_are_looked_up_again_when_the_interval_is_over()
    {
        var resolved = await Destinations("http://ingest:5102", Interval, AskAsync).ResolveDestinationsAsync(Discovered, Ct);

        _time.Advance(Interval - TimeSpan.FromMilliseconds(1));
        Assert.False(resolved.ChangeToken!.HasChanged);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(resolved.ChangeToken!.HasChanged);
    }

    private Task<IPAddress[]> AskAsync(string host, CancellationToken ct) => Task.FromResult(host == "ingest" ? _instances : throw new SocketException((int)SocketError.HostNotFound));

    private async Task<string[]> ResolveAsync(string address, TimeSpan? refresh)
    {
        var resolved = await Destinations(address, refresh, AskAsync).ResolveDestinationsAsync(Discovered, Ct);
        return [.. resolved.Destinations.Values.Select(destination => destination.Address)];
    }

    private ServiceDestinations Destinations(string address, TimeSpan? refresh, Func<string, CancellationToken, Task<IPAddress[]>> ask)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("Services:ingest:h2c:0", address)]).Build());
        services.AddServiceDiscovery();
        return new ServiceDestinations(
            services.BuildServiceProvider().GetRequiredService<ServiceEndpointResolver>(), new NameLookup(NullLogger<NameLookup>.Instance) { Ask = ask }, Options.Create(new GatewayOptions { DestinationRefresh = refresh }), _time);
    }
}
