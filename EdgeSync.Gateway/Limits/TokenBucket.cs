namespace EdgeSync.Gateway;

/// <summary>How fast a bucket fills, and how much it holds.</summary>
/// <param name="PerSecond">Tokens a second, more than 0.</param>
/// <param name="Burst">Tokens at most; what is asked for at once and is more counts as this many.</param>
internal readonly record struct BucketRate(double PerSecond, double Burst);

/// <summary>
/// Tokens that come at a steady rate up to a bound. Pure: the caller says what time it is and how fast it fills, so that limits may change under it, and can
/// look before it takes, so that a request is charged by all of its limits or by none.
/// </summary>
/// <remarks>Not the framework's TokenBucketRateLimiter: that one takes no TimeProvider, and several cannot be asked together.</remarks>
internal struct TokenBucket
{
    private double _missing;
    private long _at;

    /// <summary>Tokens that are there.</summary>
    /// <param name="rate">How fast it fills.</param>
    /// <param name="now">Microseconds that never go back.</param>
    public readonly double Available(BucketRate rate, long now) => rate.Burst - Missing(rate, now);

    /// <summary>How long until so many are there; zero when they are.</summary>
    public readonly TimeSpan WaitFor(double tokens, BucketRate rate, long now) =>
        TimeSpan.FromSeconds(Math.Max(0, Math.Min(tokens, rate.Burst) - Available(rate, now)) / rate.PerSecond);

    /// <summary>Takes tokens; the bucket may owe some afterwards.</summary>
    public void Take(double tokens, BucketRate rate, long now)
    {
        _missing = Missing(rate, now) + Math.Min(tokens, rate.Burst);
        _at = now;
    }

    /// <summary>Gives tokens back.</summary>
    public void Give(double tokens, BucketRate rate, long now)
    {
        _missing = Math.Max(0, Missing(rate, now) - tokens);
        _at = now;
    }

    private readonly double Missing(BucketRate rate, long now) => Math.Clamp(_missing - (rate.PerSecond * (now - _at) / 1_000_000), 0, 2 * rate.Burst);
}
