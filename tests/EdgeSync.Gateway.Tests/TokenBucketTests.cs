using CsCheck;

namespace EdgeSync.Gateway.Tests;

public sealed class TokenBucketTests
{
    private static readonly BucketRate Rate = new(PerSecond: 10, Burst: 50);

    [Theory]
    [InlineData(0, 0, 50)]
    [InlineData(20, 0, 30)]
    [InlineData(20, 1, 40)]
    [InlineData(20, 2, 50)]
    [InlineData(20, 60, 50)]
    [InlineData(50, 0, 0)]
    [InlineData(50, 0.5, 5)]
    // More than it ever holds is charged as all of it.
    [InlineData(5_000, 0, 0)]
    [InlineData(5_000, 5, 50)]
    public void It_fills_at_its_rate_up_to_its_burst(double taken, double secondsLater, double expected)
    {
        var bucket = default(TokenBucket);
        bucket.Take(taken, Rate, 1_000_000);
        Assert.Equal(expected, bucket.Available(Rate, 1_000_000 + (long)(secondsLater * 1_000_000)), 6);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(20, 0)]
    [InlineData(25, 0.5)]
    [InlineData(50, 3)]
    [InlineData(5_000, 3)]
    public void It_says_how_long_to_wait(double asked, double seconds)
    {
        var bucket = default(TokenBucket);
        bucket.Take(30, Rate, 0);
        Assert.Equal(seconds, bucket.WaitFor(asked, Rate, 0).TotalSeconds, 3);
    }

    [Fact]
    public void A_smaller_bucket_holds_less_at_once()
    {
        var bucket = default(TokenBucket);
        Assert.Equal(5, bucket.Available(Rate with { Burst = 5 }, 0));
        bucket.Take(50, Rate, 0);
        Assert.Equal(TimeSpan.FromSeconds(1), bucket.WaitFor(5, new BucketRate(10, 5), 0));
    }

    [Fact]
    public void Over_any_time_no_more_passes_than_burst_and_rate_allow() =>
        Gen.Select(Gen.Double[0.5, 1_000], Gen.Double[1, 1_000], Gen.Select(Gen.Double[0, 200], Gen.Long[0, 3_000_000]).Array[1, 100]).Sample((perSecond, burst, asks) =>
        {
            var rate = new BucketRate(perSecond, burst);
            var bucket = default(TokenBucket);
            var (now, passed) = (0L, 0.0);
            foreach (var (tokens, later) in asks)
            {
                now += later;
                if (tokens <= burst && bucket.WaitFor(tokens, rate, now) == TimeSpan.Zero)
                {
                    bucket.Take(tokens, rate, now);
                    passed += tokens;
                }
            }

            return passed <= burst + (perSecond * now / 1_000_000) + (1e-3 * asks.Length);
        });

    [Fact]
    public void Who_waits_as_long_as_was_said_passes() =>
        Gen.Select(Gen.Double[0.5, 1_000], Gen.Double[1, 1_000], Gen.Double[0, 1_000], Gen.Double[0, 2_000]).Sample((perSecond, burst, taken, asked) =>
        {
            var rate = new BucketRate(perSecond, burst);
            var bucket = default(TokenBucket);
            bucket.Take(taken, rate, 0);
            var wait = bucket.WaitFor(asked, rate, 0);
            return bucket.WaitFor(asked, rate, (long)Math.Ceiling(wait.TotalMicroseconds) + 1) == TimeSpan.Zero;
        });
}
