using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.EdgeSimulator.Tests;

public sealed class FaultyNetworkTests
{
    private const int AtOnce = 0;
    private const int Late = 1;
    private static readonly FaultProfile Good = new(TimeSpan.Zero, 0, 0, 0, TimeSpan.Zero, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new();
    private readonly Server _server = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Before_it_begins_there_are_no_faults()
    {
        using var network = Network(Good with { DropBefore = 1 }, begun: false);

        Assert.Equal("answer", await PostAsync(network));
        Assert.Equal((1, 0, true), (_server.Requests.Count, network.Faults, network.EverConnected));
    }

    [Fact]
    public async Task A_network_without_offline_stretches_is_online()
    {
        using var network = Network(Good with { DropAfter = double.Epsilon });

        Assert.Equal("answer", await PostAsync(network));
    }

    [Fact]
    public async Task A_request_lost_before_it_arrives_never_reaches_the_server()
    {
        using var network = Network(Good with { DropBefore = 1 });

        var lost = await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(network));

        Assert.Equal(HttpRequestError.ConnectionError, lost.HttpRequestError);
        Assert.Empty(_server.Requests);
        Assert.Equal((1, false), (network.Faults, network.EverConnected));
    }

    [Fact]
    public async Task A_lost_answer_was_worked_for()
    {
        using var network = Network(Good with { DropAfter = 1 });

        var lost = await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(network));

        Assert.Equal(HttpRequestError.ResponseEnded, lost.HttpRequestError);
        Assert.Equal(["body"], _server.Requests);
        Assert.True(network.EverConnected);
    }

    [Fact]
    public async Task A_duplicate_arrives_twice_with_the_same_body_and_headers()
    {
        using var network = Network(Good with { Duplicate = 1 }, random: new Coin(AtOnce));

        Assert.Equal("answer", await PostAsync(network));

        AssertTheSameTwice();
    }

    [Fact]
    public async Task A_late_duplicate_arrives_long_after_its_answer()
    {
        using var network = Network(Good with { Duplicate = 1 }, random: new Coin(Late));

        Assert.Equal("answer", await PostAsync(network));
        await _server.Arrived.WaitAsync(Ct);
        Assert.Single(_server.Requests);
        _time.Advance(TimeSpan.FromSeconds(5));
        await _server.Arrived.WaitAsync(Ct);

        AssertTheSameTwice();
    }

    [Fact]
    public async Task A_question_is_not_duplicated()
    {
        using var network = Network(Good with { Duplicate = 1 });
        using var http = new HttpMessageInvoker(network.Over(_server), disposeHandler: false);

        using var response = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "https://control-plane.test/"), Ct);

        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Latency_is_waited_for()
    {
        using var network = Network(Good with { LatencyMax = TimeSpan.FromSeconds(1) });

        var answer = PostAsync(network);
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("answer", await answer);
    }

    [Fact]
    public async Task Once_healed_there_are_no_faults_for_good()
    {
        using var network = Network(Good with { DropBefore = 1, DropAfter = 1, Duplicate = 1 });
        network.Heal();
        network.Begin();

        Assert.Equal("answer", await PostAsync(network));
        Assert.Equal((1, 0), (_server.Requests.Count, network.Faults));
    }

    [Fact]
    public async Task Going_offline_cuts_an_answer_that_is_still_coming()
    {
        using var network = Network(Good with { OnlineMean = TimeSpan.FromSeconds(10), OfflineMean = TimeSpan.FromSeconds(10) });
        using var http = new HttpMessageInvoker(network.Over(_server), disposeHandler: false);
        _server.Endless = true;

        using var response = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "https://control-plane.test/"), Ct);
        await using var stream = await response.Content.ReadAsStreamAsync(Ct);
        var reading = stream.ReadAsync(new byte[1], Ct).AsTask();
        Assert.False(reading.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(10));

        await Assert.ThrowsAsync<HttpIOException>(() => reading);
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(network));
    }

    [Fact]
    public async Task The_same_seed_makes_the_same_faults()
    {
        Assert.Equal(await FatesAsync(seed: 3), await FatesAsync(seed: 3));
        Assert.NotEqual(await FatesAsync(seed: 3), await FatesAsync(seed: 4));
    }

    private async Task<string> FatesAsync(int seed)
    {
        using var network = new FaultyNetwork(Good with { DropBefore = 0.3, DropAfter = 0.3 }, new Random(seed), _time);
        network.Begin();
        var fates = "";
        for (var i = 0; i < 50; i++)
        {
            try
            {
                await PostAsync(network);
                fates += ".";
            }
            catch (HttpRequestException e)
            {
                fates += e.HttpRequestError == HttpRequestError.ResponseEnded ? "a" : "b";
            }
        }

        return fates;
    }

    private void AssertTheSameTwice()
    {
        Assert.Equal(["body", "body"], _server.Requests);
        Assert.Equal(["application/test", "application/test"], _server.ContentTypes);
        Assert.Equal(["kept", "kept"], _server.Headers);
    }

    private FaultyNetwork Network(FaultProfile profile, bool begun = true, Random? random = null)
    {
        var network = new FaultyNetwork(profile, random ?? new Random(1), _time);
        if (begun)
        {
            network.Begin();
        }

        return network;
    }

    private async Task<string> PostAsync(FaultyNetwork network)
    {
        using var http = new HttpMessageInvoker(network.Over(_server), disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://control-plane.test/") { Content = new StringContent("body") };
        request.Content.Headers.ContentType = new("application/test");
        request.Headers.Add("X-Test", "kept");
        using var response = await http.SendAsync(request, Ct);
        return await response.Content.ReadAsStringAsync(Ct);
    }

    /// <summary>Every coin falls on this side.</summary>
    private sealed class Coin(int side) : Random
    {
        public override int Next(int maxValue) => side;

        public override double NextDouble() => 0.5;
    }

    private sealed class Server : HttpMessageHandler
    {
        public List<string> Requests { get; } = [];

        public List<string?> ContentTypes { get; } = [];

        public List<string> Headers { get; } = [];

        public bool Endless { get; set; }

        /// <summary>Released with each request.</summary>
        public SemaphoreSlim Arrived { get; } = new(0);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add(request.Content is { } body ? await body.ReadAsStringAsync(cancellationToken) : "");
            ContentTypes.Add(request.Content?.Headers.ContentType?.ToString());
            Headers.AddRange(request.Headers.TryGetValues("X-Test", out var values) ? values : []);
            Arrived.Release();
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = Endless ? new StreamContent(new EndlessStream()) : new StringContent("answer") };
        }
    }

    /// <summary>Nothing comes, and it does not end.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }
    }
}
