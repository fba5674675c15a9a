using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public sealed class BacklogForecastTests
{
    private const long Minute = 60L * 1_000_000;

    /// <summary>Minutes and quantities in; the minute in which it is empty out, null for never.</summary>
    public static TheoryData<(int Minute, long Quantity)[], long?> Backlogs => new()
    {
        { [], null },
        { [(0, 100)], null },
        { [(0, 100), (10, 50)], 20 },
        { [(0, 100), (10, 100)], null },
        { [(0, 50), (10, 100)], null },
        { [(0, 50), (10, 0)], null },
        // What was before the last quarter of an hour does not count.
        { [(0, 10), (30, 100), (40, 50)], 50 },
        // Half a minute says nothing.
        { [(0, 100)], null },
        // Further ahead than a year is no forecast.
        { [(0, 1_000_000_000), (10, 999_999_999)], null },
    };

    [Theory]
    [MemberData(nameof(Backlogs))]
    public void A_backlog_is_empty_where_its_line_meets_nothing((int Minute, long Quantity)[] samples, long? emptyAt) =>
        Assert.Equal(emptyAt * Minute, BacklogForecast.EmptyAt(samples.Select(sample => (sample.Minute * Minute, sample.Quantity))));

    [Fact]
    public void Less_than_a_minute_says_nothing() => Assert.Null(BacklogForecast.EmptyAt([(0, 100), (Minute / 2, 50)]));

    [Theory]
    [InlineData(1_000L, 900L, 950L, 5_000L, 4_000L, 20L)] // the file first
    [InlineData(1_000L, 100L, 110L, 5_000L, 2_500L, 20L)] // the disk first
    [InlineData(null, 900L, 950L, 5_000L, 2_500L, 20L)] // a file without a limit
    [InlineData(1_000L, 900L, 900L, 5_000L, 5_000L, null)]
    public void Full_is_whichever_comes_first(long? limit, long fileThen, long fileNow, long diskThen, long diskNow, long? minute) => Assert.Equal(
        minute * Minute,
        BacklogForecast.FullAt([Sample(0, fileThen, diskThen), Sample(10, fileNow, diskNow)], limit));

    private static DeviceSample Sample(int minute, long file, long disk) => new(minute * Minute, "ok", 0, 0, null, disk, file);
}
