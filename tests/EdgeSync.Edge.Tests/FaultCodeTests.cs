using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeSync.Edge.Tests;

/// <summary>Every fault yields exactly its own reason: real sockets where it is the network's, a real file where it is the disk's, the double's answers where it is the control plane's.</summary>
public sealed class FaultCodeTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static IEnumerable<TheoryDataRow<string>> ProblemCodes => ProblemTypes.All.Select(type => new TheoryDataRow<string>(type.Code));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _world.DisposeAsync();
        _stop.Dispose();
    }

    [Theory]
    [InlineData("nobody listens", "http", "127.0.0.1", null, "offline-unreachable")]
    [InlineData("no such name", "http", "no-such-host.invalid", null, "name-unresolved")]
    [InlineData("no TLS", "https", "127.0.0.1", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "tls")]
    [InlineData("cut before the answer", "http", "127.0.0.1", "", "connection-lost")]
    [InlineData("cut in the answer's head", "http", "127.0.0.1", "HTTP/1.1 200 OK\r\nContent-", "connection-lost")]
    [InlineData("cut in the answer's body", "http", "127.0.0.1", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"token\":", "connection-lost")]
    [InlineData("a login page", "http", "127.0.0.1", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", "unreadable-answer")]
    [InlineData("a proxy's error", "http", "127.0.0.1", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "http-502")]
    [InlineData("a proxy's refusal", "http", "127.0.0.1", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "http-407")]
    public async Task A_fault_of_the_network_has_its_own_reason(string fault, string scheme, string host, string? answer, string code)
    {
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        var serving = answer is null ? Task.CompletedTask : ServeAsync(answer);
        if (answer is null)
        {
            _listener.Stop();
        }

        await using var device = Open($"{scheme}://{host}:{port}");
        await device.Parts.Agent.TryPassAsync(Ct, Ct);

        Assert.True(device.Status.Reason == code, $"{fault}: {device.Status.Reason} ({device.Status.LastError})");
        Assert.Contains(device.ReadSyncLog(10), line => line.Event == code);
        Assert.NotNull(device.Status.NextAttemptAt);
        await _stop.CancelAsync();
        await serving;
    }

    [Fact]
    public async Task No_answer_in_time_is_a_timeout()
    {
        _listener.Start();
        await using var device = Open($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        var pass = device.Parts.Agent.TryPassAsync(Ct, Ct);
        using var accepted = await _listener.AcceptTcpClientAsync(Ct);
        Assert.NotEqual(0, await accepted.GetStream().ReadAsync(new byte[1], Ct));

        _world.Time.Advance(_world.Options.ConnectTimeout);
        await pass;

        Assert.Equal("timeout", device.Status.Reason);
    }

    [Theory]
    [MemberData(nameof(ProblemCodes))]
    public async Task A_problem_of_the_control_plane_is_the_reason_of_the_lane_that_asked(string code)
    {
        var type = ProblemTypes.All.Single(type => type.Code == code);
        _world.Cloud.Before = request => request.RequestUri!.AbsolutePath == Routes.Commands ? ControlPlaneDouble.Answer(type.With("so it is")) : null;
        _world.Append(1);

        await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);

        var lane = _world.Device.Status.Lanes.Single(lane => lane.Lane == "commands");
        Assert.Equal((code, "so it is"), (lane.Reason, lane.Error));
        Assert.NotNull(lane.NextAttemptAt);
        Assert.All(_world.Device.Status.Lanes.Where(lane => lane.Lane != "commands"), lane => Assert.Equal("ok", lane.Reason));
        Assert.Equal((0, code), (_world.Device.Status.PendingRecords, _world.Device.Status.Reason));
        var told = Assert.Single(Assert.Single(_world.Cloud.Heartbeats).Lanes!);
        Assert.Equal(("commands", code), (told.Lane, told.Reason));
        Assert.True(told.NextAttemptAt >= told.Since);
    }

    [Fact]
    public async Task A_file_that_another_program_holds_is_busy()
    {
        using var other = new SqliteConnection($"Data Source={_world.Options.DatabasePath};Pooling=False");
        other.Open();
        using (var hold = other.BeginTransaction(deferred: false))
        {
            await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
        }

        Assert.Equal("database-busy", _world.Device.Status.Reason);
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
        Assert.Equal("ok", _world.Device.Status.Reason);
        Assert.Contains(_world.Device.ReadSyncLog(10), line => line.Event == "database-busy");
    }

    private EdgeDevice Open(string address) => EdgeDevice.Open(
        _world.Options with { DatabasePath = _world.Options.DatabasePath + "2", ControlPlane = new Uri(address) },
        new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan },
        [],
        _world.Time,
        NullLoggerFactory.Instance,
        new Random(5));

    private async Task ServeAsync(string answer)
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, _stop.Token);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), _stop.Token);
                client.Client.Shutdown(SocketShutdown.Send);
                // Reads on, so that what is unread does not turn the end into a reset before the answer was seen.
                await stream.CopyToAsync(Stream.Null, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The test is over.
        }
    }
}
