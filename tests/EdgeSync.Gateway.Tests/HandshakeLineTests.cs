using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>Who may begin a handshake, by pipes in place of sockets and a clock that stands until it is moved.</summary>
public sealed class HandshakeLineTests : IDisposable
{
    /// <summary>A record of 4 bytes, which is as whole as one of 500.</summary>
    private static readonly byte[] Hello = [22, 3, 1, 0, 4, 1, 2, 3, 4];

    private readonly FakeTimeProvider _time = new();
    private readonly HandshakeLine _line;
    private readonly List<string> _order = [];

    public HandshakeLineTests() => _line = new HandshakeLine(new AdmissionOptions { HandshakesInFlight = 1 }, _time);

    public void Dispose() => _line.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Who_says_nothing_or_half_takes_no_place_and_is_closed(int bytes)
    {
        var silent = Enumerable.Range(0, 100).Select(i => Connect($"silent {i}", Hello[..bytes])).ToList();
        var device = Connect("device", Hello);
        await device.Entered.Task;

        _time.Advance(TimeSpan.FromSeconds(10));

        await Task.WhenAll(silent.Select(peer => peer.Running));
        Assert.Equal(["device"], _order);
    }

    [Fact]
    public async Task Places_are_taken_in_order_and_given_back_when_the_handshake_is_over()
    {
        var peers = new[] { "first", "second", "third" }.Select(name => Connect(name, Hello)).ToList();
        await peers[0].Entered.Task;
        Assert.False(peers[1].Entered.Task.IsCompleted);

        // The connection goes on.
        HandshakeLine.Leave(peers[0].Connection);
        await peers[1].Entered.Task;
        // This one fails.
        peers[1].Finish.SetResult();
        await peers[2].Entered.Task;

        Assert.Equal(["first", "second", "third"], _order);
        Assert.False(peers[0].Running.IsCompleted);
    }

    [Fact]
    public async Task What_was_read_to_know_it_is_there_is_there_for_tls()
    {
        var device = Connect("device", Hello);
        await device.Entered.Task;

        Assert.Equal(Hello, (await device.Connection.Transport.Input.ReadAsync(TestContext.Current.CancellationToken)).Buffer.ToArray());
    }

    [Fact]
    public async Task Who_leaves_while_it_waits_is_not_waited_for()
    {
        var first = Connect("first", Hello);
        await first.Entered.Task;
        var gone = Connect("gone", Hello);
        var last = Connect("last", Hello);
        gone.Connection.Abort();
        await gone.Running;

        first.Finish.SetResult();
        await last.Entered.Task;

        Assert.Equal(["first", "last"], _order);
    }

    [Fact]
    public async Task Nobody_waits_for_ever()
    {
        var first = Connect("first", Hello);
        await first.Entered.Task;
        var second = Connect("second", Hello);

        _time.Advance(TimeSpan.FromSeconds(50));

        await second.Running;
        Assert.Equal(["first"], _order);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("16", false)]
    [InlineData("16030100", false)]
    [InlineData("1603010004", false)]
    [InlineData("160301000401020304", true)]
    [InlineData("16030100040102030405", true)]
    // What is no handshake at all is for TLS to refuse.
    [InlineData("47", true)]
    [InlineData("474554202f20", true)]
    [InlineData("160301ffff", true)]
    public void First_record_is_there_as_a_whole_or_not(string hex, bool whole) =>
        Assert.Equal(whole, TlsHello.IsWhole(new ReadOnlySequence<byte>(Convert.FromHexString(hex))));

    [Fact]
    public void Options_say_their_ranges()
    {
        var options = new AdmissionOptions { HandshakesInFlight = 0, PerSecond = -1, HelloTimeout = TimeSpan.Zero };
        Assert.Equal(
            [
                "Gateway:Admission:HandshakesInFlight is 0. Write a number from 1 to 100000.",
                "Gateway:Admission:PerSecond is -1. Write a number from 0 to 100000.",
                "Gateway:Admission:HelloTimeout is 00:00:00. Write a time from 1 s to 60 s.",
            ],
            new AdmissionOptionsValidator().Validate(null, options).Failures!);
    }

    private Peer Connect(string name, byte[] said)
    {
        var (input, output) = (new Pipe(), new Pipe());
        var connection = new DefaultConnectionContext(name, new Duplex(input.Reader, output.Writer), new Duplex(output.Reader, input.Writer));
        input.Writer.Write(said);
        Assert.True(input.Writer.FlushAsync().AsTask().IsCompleted);
        var (entered, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        var running = _line.Before(async _ =>
        {
            _order.Add(name);
            entered.SetResult();
            await finish.Task;
        })(connection);
        return new Peer(connection, running, entered, finish);
    }

    private sealed record Peer(DefaultConnectionContext Connection, Task Running, TaskCompletionSource Entered, TaskCompletionSource Finish);

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
