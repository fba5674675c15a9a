namespace EdgeSync.EdgeSimulator.Tests;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("168h", 604_800_000)]
    [InlineData("0s", 0)]
    public void A_number_and_a_unit_are_a_duration(string text, double milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("1d")]
    [InlineData("1,5s")]
    [InlineData("1e3s")]
    [InlineData("169h")]
    [InlineData("NaNs")]
    [InlineData("99999999999999999999h")]
    public void Anything_else_is_none(string text) => Assert.False(Durations.TryParse(text, out _));
}
