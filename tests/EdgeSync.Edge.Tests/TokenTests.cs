using EdgeSync.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Edge.Tests;

public sealed class TokenTests : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly EdgeWorld _world = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Queue<Attempt<DeviceToken>> _answers = new();
    private int _asked;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(0.0, 419, 421)]
    [InlineData(1.0, 539, 541)]
    public async Task Another_token_is_asked_for_at_70_to_90_percent_of_the_lifetime(double jitter, int usedAt, int refreshedAt)
    {
        using var tokens = Source(jitter);
        var first = await GetAsync(tokens);

        _time.Advance(TimeSpan.FromSeconds(usedAt));
        Assert.Equal(first, await GetAsync(tokens));
        _time.Advance(TimeSpan.FromSeconds(refreshedAt - usedAt));

        Assert.NotEqual(first, await GetAsync(tokens));
    }

    [Fact]
    public async Task A_clock_that_jumps_changes_nothing()
    {
        var clock = new JumpingClock();
        using var tokens = new TokenSource(_ => Task.FromResult(Count(Given($"token-{_asked}"))), Pause, new Entropy(new Random(1)), clock);
        var first = await GetAsync(tokens);

        clock.Wall = clock.Wall.AddYears(30);

        Assert.Equal(first, await GetAsync(tokens));
    }

    [Fact]
    public async Task Those_who_need_one_at_once_share_one_question()
    {
        var gate = new TaskCompletionSource<Attempt<DeviceToken>>();
        using var tokens = new TokenSource(
            _ =>
            {
                _asked++;
                return gate.Task;
            },
            Pause,
            new Entropy(new Random(1)),
            _time);
        var (first, second) = (tokens.GetAsync(Ct), tokens.GetAsync(Ct));

        gate.SetResult(Given("a"));

        Assert.Equal(("a", "a", 1), ((await first).Answer!.Value, (await second).Answer!.Value, _asked));
    }

    [Fact]
    public async Task The_old_one_is_used_while_another_cannot_be_had_and_not_beyond_its_end()
    {
        using var tokens = Source();
        _answers.Enqueue(Given("old"));
        Assert.Equal("old", await GetAsync(tokens));
        for (var second = 0; second < 599; second++)
        {
            _answers.Enqueue(Refused(ProblemTypes.Unavailable, null));
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal("old", await GetAsync(tokens));
        }

        Assert.InRange(_asked, 3, 40);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("unavailable", (await tokens.GetAsync(Ct)).Outcome.Code);
    }

    [Fact]
    public async Task A_turn_that_the_gateway_gives_is_everyone_s()
    {
        using var tokens = Source();
        _answers.Enqueue(Refused(ProblemTypes.Overloaded, TimeSpan.FromSeconds(20)));
        var first = await tokens.GetAsync(Ct);
        _time.Advance(TimeSpan.FromSeconds(5));
        var second = await tokens.GetAsync(Ct);

        Assert.Equal(("overloaded", TimeSpan.FromSeconds(20)), (first.Outcome.Code, first.Outcome.RetryAfter));
        Assert.Equal(("overloaded", TimeSpan.FromSeconds(15), 1), (second.Outcome.Code, second.Outcome.RetryAfter, _asked));
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.NotNull((await tokens.GetAsync(Ct)).Answer);
    }

    [Fact]
    public async Task A_turn_is_kept_when_the_old_token_ends_before_it()
    {
        using var tokens = Source();
        await GetAsync(tokens);
        _answers.Enqueue(Refused(ProblemTypes.Overloaded, TimeSpan.FromSeconds(300)));
        _time.Advance(TimeSpan.FromSeconds(550));
        Assert.Equal("token-0", await GetAsync(tokens));

        _time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(("overloaded", TimeSpan.FromSeconds(200)), ((await tokens.GetAsync(Ct)).Outcome.Code, (await tokens.GetAsync(Ct)).Outcome.RetryAfter));
        _time.Advance(TimeSpan.FromSeconds(200));

        Assert.Equal("token-2", await GetAsync(tokens));
    }

    [Fact]
    public async Task A_network_that_is_back_is_tried_at_once()
    {
        using var tokens = Source();
        _answers.Enqueue(new Attempt<DeviceToken>(null, AttemptOutcome.Network(ReasonCodes.Offline, "no route")));

        Assert.Equal("offline-unreachable", (await tokens.GetAsync(Ct)).Outcome.Code);
        Assert.NotNull((await tokens.GetAsync(Ct)).Answer);
    }

    [Fact]
    public async Task A_token_that_was_asked_for_with_the_old_certificate_is_not_kept()
    {
        var gate = new TaskCompletionSource<Attempt<DeviceToken>>();
        using var tokens = new TokenSource(_ => _asked++ == 0 ? gate.Task : Task.FromResult(Given("new")), Pause, new Entropy(new Random(1)), _time);
        var first = tokens.GetAsync(Ct);

        tokens.DropAll();
        gate.SetResult(Given("old"));
        await first;

        Assert.Equal("new", await GetAsync(tokens));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-5, false)]
    [InlineData(1, true)]
    [InlineData(int.MaxValue, true)]
    public async Task A_lifetime_without_sense_is_none(int seconds, bool isGiven)
    {
        using var tokens = Source();
        _answers.Enqueue(new Attempt<DeviceToken>(new DeviceToken("a", seconds), AttemptOutcome.Success));

        Assert.Equal(isGiven, (await tokens.GetAsync(Ct)).Answer is not null);
    }

    [Fact]
    public async Task A_request_whose_token_was_refused_is_sent_once_more_with_another()
    {
        foreach (var type in new[] { ProblemTypes.TokenMissing, ProblemTypes.TokenInvalid, ProblemTypes.TokenExpired, ProblemTypes.TokenForeign })
        {
            _world.Append(1);
            var refused = 0;
            _world.Cloud.Before = request => request.RequestUri!.AbsolutePath == Routes.Telemetry && refused++ == 0 ? ControlPlaneDouble.Answer(type.With("refused")) : null;
            var tokens = _world.Cloud.Tokens.Count;
            await _world.SyncAsync();

            Assert.Equal((0, "ok"), (_world.Device.Status.PendingRecords, _world.Device.Status.Reason));
            Assert.Equal(tokens + (tokens == 0 ? 2 : 1), _world.Cloud.Tokens.Count);
        }
    }

    [Fact]
    public async Task A_second_refusal_is_the_outcome()
    {
        _world.Append(1);
        var requests = 0;
        _world.Cloud.Before = request =>
        {
            requests += request.RequestUri!.AbsolutePath == Routes.Telemetry ? 1 : 0;
            return request.RequestUri.AbsolutePath == Routes.Telemetry ? ControlPlaneDouble.Answer(ProblemTypes.TokenForeign.With("of another certificate")) : null;
        };

        await _world.SyncAsync();

        Assert.Equal((2, "token-foreign", 1), (requests, _world.Device.Status.Reason, _world.Device.Status.PendingRecords));
    }

    [Fact]
    public async Task Without_a_token_nothing_is_sent_and_the_refusal_is_the_outcome()
    {
        _world.Append(1);
        _world.Cloud.BeforeToken = static () => ControlPlaneDouble.Answer(ProblemTypes.DeviceDisabled.With("ask the operator"));
        await _world.SyncAsync();
        Assert.Equal(("device-disabled", 0), (_world.Device.Status.Reason, _world.Cloud.Requests.Count));

        _world.Cloud.BeforeToken = static () => null;
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();

        Assert.Equal(("ok", 0), (_world.Device.Status.Reason, _world.Device.Status.PendingRecords));
    }

    [Theory]
    [InlineData(0, 600, 599, true, true)]
    [InlineData(0, 600, 599, false, true)]
    [InlineData(0, 600, 61, true, true)]
    [InlineData(0, 600, 61, false, false)]
    [InlineData(0, 600, 30, true, false)]
    [InlineData(590, 600, 599.1, true, true)]
    [InlineData(0, 1, 0.5, true, false)]
    [InlineData(0, 1, 0, true, false)]
    public void A_stream_that_ends_with_its_token_is_no_failure(double openedAt, double endsAt, double now, bool inOrder, bool isOver) => Assert.Equal(
        isOver, IntentListener.IsOver(TimeSpan.FromSeconds(openedAt), TimeSpan.FromSeconds(endsAt), TimeSpan.FromSeconds(now), inOrder));

    private TokenSource Source(double jitter = 0.5) => new(
        _ => Task.FromResult(_answers.TryDequeue(out var answer) ? Count(answer) : Count(Given($"token-{_asked}"))),
        Pause,
        new Entropy(new Fixed(jitter)),
        _time);

    private Attempt<DeviceToken> Count(Attempt<DeviceToken> answer)
    {
        _asked++;
        return answer;
    }

    private static async Task<string> GetAsync(TokenSource tokens) => (await tokens.GetAsync(Ct)).Answer!.Value;

    private static Attempt<DeviceToken> Given(string token) => new(new DeviceToken(token, 600), AttemptOutcome.Success);

    private static Attempt<DeviceToken> Refused(ProblemType type, TimeSpan? retryAfter) => new(null, AttemptOutcome.Of(type.With("refused"), retryAfter));

    private sealed class JumpingClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => 0;
    }

    private sealed class Fixed(double value) : Random(0)
    {
        public override double NextDouble() => value;
    }
}
