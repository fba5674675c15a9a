namespace EdgeSync.EdgeSimulator.Tests;

public sealed class PercentilesTests
{
    [Fact]
    public void Nothing_measured_is_zeros() => Assert.Equal(new Percentiles(0, 0, 0, 0), Percentiles.Of([]));

    [Fact]
    public void One_value_is_every_percentile() => Assert.Equal(new Percentiles(7.3, 7.3, 7.3, 7.3), Percentiles.Of([7.26]));

    [Fact]
    public void The_nearest_rank_is_a_value_that_was_measured() =>
        Assert.Equal(new Percentiles(50, 95, 99, 100), Percentiles.Of([.. Enumerable.Range(1, 100).Reverse().Select(value => (double)value)]));

    [Fact]
    public void The_tail_shows_in_the_last_percentiles() =>
        Assert.Equal(new Percentiles(1, 1, 900, 1000), Percentiles.Of([.. Enumerable.Repeat(1.0, 98), 900, 1000]));
}
