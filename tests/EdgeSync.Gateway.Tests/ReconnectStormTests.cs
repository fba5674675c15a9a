using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>Many at once over real sockets.</summary>
public sealed class ReconnectStormTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Device_that_must_wait_for_its_token_is_told_until_when_and_keeps_its_connection()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await StartAsync(new() { ["Gateway:Admission:PerSecond"] = "1" }, time);
        var connections = 0;
        using var first = Client(app, () => { });
        using var second = Client(app, () => connections++);
        using var given = await first.PostAsync(Routes.Token, null, Ct);
        Assert.Equal(HttpStatusCode.OK, given.StatusCode);

        using var refused = await second.PostAsync(Routes.Token, null, Ct);

        var problem = await refused.ProblemAsync(ProblemTypes.Overloaded);
        Assert.Equal(("admission", LimitScope.Gateway), (problem.Limit!.Name, problem.Limit.Scope));
        Assert.InRange(problem.Limit.ResetMilliseconds, 1, 1_000);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        time.Advance(TimeSpan.FromSeconds(1));
        using var returned = await second.PostAsync(Routes.Token, null, Ct);
        Assert.Equal((HttpStatusCode.OK, 1), (returned.StatusCode, connections));
    }

    [Fact]
    public async Task Silent_connections_keep_nobody_out()
    {
        await using var app = await StartAsync(new() { ["Gateway:Admission:HandshakesInFlight"] = "1" });
        var silent = new List<TcpClient>();
        for (var i = 0; i < 100; i++)
        {
            silent.Add(new TcpClient());
            await silent[i].ConnectAsync(IPAddress.Loopback, Port(app), Ct);
            // Every other one says the beginning of a first message.
            await silent[i].GetStream().WriteAsync(new byte[] { 22, 3, 1 }.AsMemory(0, i % 2 * 3), Ct);
        }

        using var client = Client(app, () => { });
        using var response = await client.PostAsync(Routes.Token, null, Ct);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        silent.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Handshake_that_stops_halfway_gives_its_place_back()
    {
        await using var app = await StartAsync(new() { ["Gateway:Admission:HandshakesInFlight"] = "1", ["Gateway:Admission:HandshakeTimeout"] = "00:00:01" });
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Port(app), Ct);
        var deaf = new DeafStream(socket.GetStream());
        using var tls = new SslStream(deaf);
        var stalled = tls.AuthenticateAsClientAsync(gateway.ClientTls(null), Ct);
        await deaf.Spoken.Task;

        using var client = Client(app, () => { });
        using var response = await client.PostAsync(Routes.Token, null, Ct);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(stalled.IsCompleted);
        deaf.Hear.SetResult();
        // By its own part it is done, and hears at its first read that nobody is there any more.
        await Record.ExceptionAsync(() => stalled);
    }

    [Fact]
    public async Task Fleet_that_connects_at_once_comes_in()
    {
        await using var app = await StartAsync(new() { ["Gateway:Admission:HandshakesInFlight"] = "4" });

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ =>
        {
            using var client = Client(app, () => { });
            using var response = await client.PostAsync(Routes.Token, null, Ct);
            return response.StatusCode;
        }));

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    private async Task<WebApplication> StartAsync(Dictionary<string, string?> changes, TimeProvider? time = null)
    {
        var settings = gateway.Settings("http://127.0.0.1:1", "http://127.0.0.1:1");
        foreach (var (name, value) in changes)
        {
            settings[name] = value;
        }

        var app = GatewayFixture.Build(settings, time);
        await app.StartAsync(Ct);
        return app;
    }

    private static int Port(WebApplication app) => app.Services.GetRequiredService<GatewayAddresses>().DevicePort;

    private HttpClient Client(WebApplication app, Action connecting)
    {
        var sockets = new SocketsHttpHandler
        {
            SslOptions = gateway.ClientTls(gateway.Pki.IssueDevice(new DeviceId(Guid.NewGuid()))),
            ConnectCallback = async (context, ct) =>
            {
                connecting();
                var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct);
                return socket.GetStream();
            },
        };
        return new HttpClient(sockets) { BaseAddress = new Uri($"https://127.0.0.1:{Port(app)}"), DefaultRequestVersion = HttpVersion.Version20 };
    }

    /// <summary>Speaks, and hears nothing until it is told to.</summary>
    private sealed class DeafStream(Stream inner) : DuplexStream(inner)
    {
        public TaskCompletionSource Spoken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Hear { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Hear.Task.WaitAsync(cancellationToken);
            return await base.ReadAsync(buffer, cancellationToken);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await base.WriteAsync(buffer, cancellationToken);
            Spoken.TrySetResult();
        }
    }
}
