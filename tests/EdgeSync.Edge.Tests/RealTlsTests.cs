using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeSync.Edge.Tests;

/// <summary>Over real sockets, with real certificates on both sides.</summary>
public sealed class RealTlsTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-test-");
    private readonly DeviceId _id = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private readonly FleetDouble _fleet;
    private readonly TlsGatewayDouble _gateway;
    private readonly EdgeDeviceOptions _options;
    private EdgeDevice? _device;

    public RealTlsTests()
    {
        _fleet = new FleetDouble(Now);
        _gateway = new TlsGatewayDouble(_id, _fleet) { Server = IssueServer("localhost") };
        _options = new EdgeDeviceOptions
        {
            Device = _id,
            DatabasePath = Path.Combine(_directory.FullName, "device.db"),
            EnrolmentSecret = "secret",
            IdentityFolder = Path.Combine(_directory.FullName, "identity"),
            AuthoritiesPath = _fleet.WriteRoots(_directory.FullName),
            SyncInterval = TimeSpan.FromHours(1),
            BackoffInitial = TimeSpan.FromMilliseconds(10),
            BackoffMax = TimeSpan.FromMilliseconds(50),
            EventStream = false,
        };
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public async ValueTask InitializeAsync() => await _gateway.StartAsync(Ct);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _gateway.DisposeAsync();
        _fleet.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_device_enrols_and_syncs()
    {
        await SyncAsync(Open());

        Assert.Equal(("ok", 0), (_device!.Status.Reason, _device.Status.PendingRecords));
        Assert.Equal((Routes.Enrolment, null), _gateway.Seen[0]);
        Assert.Single(_gateway.Seen.Skip(1).Select(seen => seen.Certificate).Distinct(), certificate => certificate is not null);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(Path.Combine(_options.IdentityFolder!, "device.pem")));
    }

    [Fact]
    public async Task A_lost_answer_to_an_enrolment_is_asked_for_again_with_the_same_key()
    {
        _gateway.LosesEnrolments = 2;
        var device = Open();
        using var stop = new CancellationTokenSource();
        var running = device.RunAsync(stop.Token);

        Assert.True(await device.DrainAsync(Ct));

        Assert.Equal(3, _gateway.EnrolledKeys.Count);
        Assert.Single(_gateway.EnrolledKeys.Distinct());
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_with_the_next_request_and_the_event_stream_moves_to_it()
    {
        // Two thirds of its lifetime are over when it is issued: another start renews it.
        _gateway.Age = TimeSpan.FromDays(20);
        await SyncAsync(Open());
        var before = _gateway.Seen[^1].Certificate;
        await CloseAsync();
        _gateway.Age = TimeSpan.Zero;
        var device = Open(_options with { EventStream = true });
        using var stop = new CancellationTokenSource();
        var running = device.RunAsync(stop.Token);
        Assert.True(await device.DrainAsync(Ct));
        var listener = await _gateway.Listening.ReadAsync(Ct);
        while (listener == before)
        {
            listener = await _gateway.Listening.ReadAsync(Ct);
        }

        Assert.Equal((Routes.Certificates, before), _gateway.Seen.Single(seen => seen.Path == Routes.Certificates));
        Assert.Equal((1L, listener), (device.Status.Counters.Renewals, _gateway.Seen[^1].Certificate));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_request_under_way_goes_on_over_the_old_certificate_while_the_next_shows_the_new_one()
    {
        var pins = new GatewayPins(_id, _fleet.Roots, new IdentityFolder(_options.IdentityFolder!), []);
        using var transport = new ManagedTransport(Sockets, new GatewayTls(_fleet.Roots, pins), _gateway.DevicePort);
        var (old, other) = (Credentials(), Credentials());
        transport.Use(old);
        using var slow = transport.Rent();
        var waiting = slow.Http.GetStringAsync(new Uri(_gateway.DevicePort, TlsGatewayDouble.SlowPath), Ct);
        await _gateway.SlowEntered.Task.WaitAsync(Ct);

        transport.Use(other);
        using (var quick = transport.Rent())
        {
            Assert.Equal(other.Certificate.Thumbprint, await quick.Http.GetStringAsync(new Uri(_gateway.DevicePort, TlsGatewayDouble.WhoPath), Ct));
        }

        Assert.False(waiting.IsCompleted);
        _gateway.SlowGate.SetResult();
        Assert.Equal(old.Certificate.Thumbprint, await waiting);
    }

    [Fact]
    public async Task A_server_of_another_authority_gets_nothing()
    {
        await SyncAsync(Open());
        using var stranger = new FleetDouble(Now);
        await RefusedAsync(stranger.IssueServer("localhost", Now.AddDays(-1), Now.AddDays(1)), "server-untrusted");
    }

    [Fact]
    public async Task A_server_of_another_name_gets_nothing()
    {
        await SyncAsync(Open());
        await RefusedAsync(IssueServer("elsewhere.test"), "server-untrusted");
    }

    [Fact]
    public async Task A_gateway_that_refuses_the_certificate_in_the_handshake_looks_like_a_lost_connection()
    {
        await SyncAsync(Open());
        await CloseAsync();
        _gateway.LetsIn = false;

        await SyncAsync(Open());

        // In TLS 1.3 the device's side of the handshake is over by then, and the gateway says nothing: it closes.
        Assert.Equal("connection-lost", _device!.Status.Reason);
    }

    [Fact]
    public async Task A_server_whose_key_is_not_pinned_gets_nothing()
    {
        _gateway.Pins = _fleet.SignPins(Now, FleetDouble.PinOf(_gateway.Server));
        await SyncAsync(Open());
        await RefusedAsync(IssueServer("localhost"), "pin-mismatch");
    }

    [Fact]
    public async Task The_secret_goes_to_no_server_whose_key_is_not_pinned()
    {
        await SyncAsync(Open(_options with { Pins = [FleetDouble.Pin] }));

        Assert.Equal("pin-mismatch", _device!.Status.Reason);
        Assert.Empty(_gateway.Seen);
    }

    [Fact]
    public async Task A_pinned_key_is_known_even_when_its_certificate_is_outside_its_time()
    {
        var server = IssueServer("localhost");
        _gateway.Pins = _fleet.SignPins(Now, FleetDouble.PinOf(server));
        _gateway.Server = server;
        await SyncAsync(Open());
        await CloseAsync();
        _gateway.Server = _fleet.Reissue(server, Now.AddDays(-3), Now.AddDays(-2));

        await SyncAsync(Open());

        Assert.Equal("ok", _device!.Status.Reason);
    }

    [Fact]
    public async Task Without_pins_a_certificate_outside_its_time_is_refused()
    {
        await SyncAsync(Open());
        await RefusedAsync(_fleet.IssueServer("localhost", Now.AddDays(-3), Now.AddDays(-2)), "server-untrusted");
    }

    [Fact]
    public async Task Keys_are_changed_from_the_current_to_the_next_without_losing_the_device()
    {
        var (current, next) = (_gateway.Server, IssueServer("localhost"));
        _gateway.Pins = _fleet.SignPins(Now.AddMinutes(-3), FleetDouble.PinOf(current));
        await SyncAsync(Open());
        await ConfigureAsync(_fleet.SignPins(Now.AddMinutes(-2), FleetDouble.PinOf(next)), ConfigStatus.Rejected);
        await ConfigureAsync(_fleet.SignPins(Now.AddMinutes(-1), FleetDouble.PinOf(current), FleetDouble.PinOf(next)), ConfigStatus.Applied);
        await CloseAsync();

        _gateway.Server = next;
        await SyncAsync(Open());
        Assert.Equal(("ok", 0), (_device!.Status.Reason, _device.Status.PendingRecords));
        await ConfigureAsync(_fleet.SignPins(Now, FleetDouble.PinOf(next)), ConfigStatus.Applied);

        await CloseAsync();
        await RefusedAsync(current, "pin-mismatch");
    }

    private async Task ConfigureAsync(string statement, ConfigStatus expected)
    {
        _gateway.Cloud.Config.Set(PinSet.ConfigKey, FleetDouble.Carry(statement));
        _gateway.Cloud.IntentVersion++;
        await SyncAsync(_device!);
        await SyncAsync(_device!);
        Assert.Equal(expected, _gateway.Cloud.Config.Reports[^1].Status);
    }

    private async Task RefusedAsync(X509Certificate2 server, string code)
    {
        await CloseAsync();
        _gateway.Server = server;
        _gateway.Seen.Clear();

        await SyncAsync(Open());

        Assert.Equal((code, 1), (_device!.Status.Reason, _device.Status.PendingRecords));
        Assert.Empty(_gateway.Seen);
    }

    private EdgeDevice Open(EdgeDeviceOptions? options = null) => _device = EdgeDevice.Open(
        (options ?? _options) with { ControlPlane = _gateway.DevicePort, Enrolment = _gateway.OperatorPort }, Sockets, [], TimeProvider.System, NullLoggerFactory.Instance, new Random(3));

    private static async Task SyncAsync(EdgeDevice device)
    {
        device.Append([new Reading("temperature", 1, 1)]);
        await device.Parts.Agent.PassAsync(Ct, Ct);
    }

    private async Task CloseAsync()
    {
        if (_device is { } device)
        {
            await device.DisposeAsync();
        }
    }

    private DeviceCredentials Credentials()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return DeviceCredentials.Of(key, _fleet.Issue(DeviceCredentials.Request(key, _id), _id, Now.AddDays(-1), Now.AddDays(1)), _id);
    }

    private X509Certificate2 IssueServer(string name) => _fleet.IssueServer(name, Now.AddDays(-1), Now.AddDays(1));

    private static SocketsHttpHandler Sockets(SslClientAuthenticationOptions tls) => new() { SslOptions = tls };
}
