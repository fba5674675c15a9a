namespace EdgeSync.ServiceDefaults.Tests;

public sealed class LatencyCountsTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.0004)]
    [InlineData(0.0011)]
    [InlineData(0.25)]
    [InlineData(5.0)]
    [InlineData(3_600.0)]
    [InlineData(2_000_000.0)]
    public void A_percentile_is_at_most_a_fifth_too_high(double seconds)
    {
        var counts = new LatencyCounts();
        counts.Add(seconds);

        Assert.InRange(counts.Percentile(50)!.Value, seconds, Math.Max(0.001, seconds * 1.2));
    }

    [Fact]
    public void Percentiles_are_of_the_sum()
    {
        var (one, other) = (new LatencyCounts(), new LatencyCounts());
        for (var i = 0; i < 98; i++)
        {
            one.Add(0.001);
        }

        other.Add(1.024);
        other.Add(2.048);
        one.Add(LatencyCounts.Parse(other.ToString()));

        Assert.Equal([0.001, 0.001, 1.024, 2.048], new double[] { 50, 98, 99, 100 }.Select(percent => one.Percentile(percent)!.Value));
        Assert.Equal("0:98 40:1 44:1", one.ToString());
        Assert.Null(new LatencyCounts().Percentile(50));
    }

    [Fact]
    public void What_is_beyond_41_days_is_counted_with_them() => Assert.InRange(Counted(double.MaxValue).Percentile(100)!.Value, 41 * 86_400, 43 * 86_400);

    [Theory]
    [InlineData("x")]
    [InlineData("1:")]
    [InlineData("128:1")]
    [InlineData("-1:1")]
    [InlineData("1:-1")]
    public void Other_text_is_refused(string text) => Assert.Throws<FormatException>(() => LatencyCounts.Parse(text));

    private static LatencyCounts Counted(double seconds)
    {
        var counts = new LatencyCounts();
        counts.Add(seconds);
        return counts;
    }
}
