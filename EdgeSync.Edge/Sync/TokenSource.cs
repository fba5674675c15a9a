using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A token in hand. Times are of the device's running time, so that a wrong clock does no harm.</summary>
/// <param name="Value">For the header <c>Authorization: Bearer</c>.</param>
/// <param name="RefreshAt">From when on another one is asked for.</param>
/// <param name="EndsAt">When it ends.</param>
internal sealed record HeldToken(string Value, TimeSpan RefreshAt, TimeSpan EndsAt);

/// <summary>
/// The device's token, in memory only: asked for ahead of its end, once for everyone who needs it. While another one cannot be had the old one is used as long as it is good.
/// </summary>
/// <param name="ask">One attempt to get a token.</param>
/// <param name="pause">How long a refusal that names no time stands for everyone, before the gateway is asked again.</param>
/// <param name="entropy">Where in its range the refresh falls.</param>
/// <param name="time">The running time.</param>
internal sealed class TokenSource(Func<CancellationToken, Task<Attempt<DeviceToken>>> ask, TimeSpan pause, Entropy entropy, TimeProvider time) : IDisposable
{
    private const double RefreshFrom = 0.7;
    private const double RefreshTo = 0.9;
    private const int LifetimeSecondsMax = 24 * 60 * 60;
    private const int TriesLeft = 4;

    private readonly long _openedAt = time.GetTimestamp();
    private readonly SemaphoreSlim _asking = new(1, 1);
    private readonly Lock _gate = new();
    private HeldToken? _token;
    private Refusal? _refusal;
    private int _drops;

    /// <summary>The running time that <see cref="HeldToken"/> counts in.</summary>
    public TimeSpan Now => time.GetElapsedTime(_openedAt);

    /// <summary>A token that is good, or why there is none.</summary>
    public async Task<Attempt<HeldToken>> GetAsync(CancellationToken ct)
    {
        if (Fresh() is { } fresh)
        {
            return fresh;
        }

        await _asking.WaitAsync(ct);
        try
        {
            return Fresh() ?? Refused() ?? await AskAsync(ct);
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>A token that was refused is not shown again.</summary>
    public void Drop(HeldToken token)
    {
        lock (_gate)
        {
            _token = ReferenceEquals(_token, token) ? null : _token;
        }
    }

    /// <summary>Another certificate needs another token; one that is being asked for is of the old one.</summary>
    public void DropAll()
    {
        lock (_gate)
        {
            (_token, _refusal) = (null, null);
            _drops++;
        }
    }

    public void Dispose() => _asking.Dispose();

    private Attempt<HeldToken>? Fresh()
    {
        lock (_gate)
        {
            return _token is { } token && Now < token.RefreshAt ? new Attempt<HeldToken>(token, AttemptOutcome.Success) : null;
        }
    }

    // The gateway gave a time to come back at, or refused whoever asks: the lanes that need a token together do not each ask again.
    private Attempt<HeldToken>? Refused()
    {
        lock (_gate)
        {
            return _refusal is { } refusal && Now < refusal.Until && !(_token is { } token && Now < token.EndsAt)
                ? new Attempt<HeldToken>(null, refusal.Outcome.RetryAfter is null ? refusal.Outcome : refusal.Outcome with { RetryAfter = refusal.Until - Now })
                : null;
        }
    }

    private async Task<Attempt<HeldToken>> AskAsync(CancellationToken ct)
    {
        // Counted from before the question, so that it never seems to live longer than it does.
        var (askedAt, drops) = (Now, Volatile.Read(ref _drops));
        var attempt = await ask(ct);
        if (attempt.Answer is not { } answer)
        {
            return Fail(attempt.Outcome);
        }

        if (answer.ExpiresInSeconds <= 0)
        {
            return Fail(AttemptOutcome.Unreadable("The gateway's token has ended before it came."));
        }

        var lifetime = TimeSpan.FromSeconds(Math.Min(answer.ExpiresInSeconds, LifetimeSecondsMax));
        var token = new HeldToken(answer.Token, askedAt + (lifetime * (RefreshFrom + ((RefreshTo - RefreshFrom) * entropy.NextJitter()))), askedAt + lifetime);
        lock (_gate)
        {
            if (drops == _drops)
            {
                (_token, _refusal) = (token, null);
            }
        }

        return new Attempt<HeldToken>(token, AttemptOutcome.Success);
    }

    private Attempt<HeldToken> Fail(AttemptOutcome outcome)
    {
        lock (_gate)
        {
            var now = Now;
            // A network that is back must show at once; a turn that the gateway gave is kept, also when the old token ends before it.
            var asked = outcome.RetryAfter is { } wish && wish < SyncDecision.RetryAfterMax ? wish : outcome.RetryAfter is null ? TimeSpan.Zero : SyncDecision.RetryAfterMax;
            var until = outcome.Category == ProblemCategory.Network ? now : now + (outcome.RetryAfter is null ? pause : asked);
            _refusal = new Refusal(outcome, until);
            if (_token is { } token && now < token.EndsAt)
            {
                var wait = (token.EndsAt - now) / TriesLeft;
                _token = token with { RefreshAt = now + (asked > wait ? asked : wait) };
                // The old one must not outlive its end, whenever the gateway wants to be asked again.
                _token = _token.RefreshAt < _token.EndsAt ? _token : _token with { RefreshAt = _token.EndsAt };
                return new Attempt<HeldToken>(_token, AttemptOutcome.Success);
            }

            _token = null;
            return new Attempt<HeldToken>(null, outcome);
        }
    }

    private sealed record Refusal(AttemptOutcome Outcome, TimeSpan Until);
}
