namespace EdgeSync.Edge.Tests;

public sealed class DiskRulesTests
{
    [Theory]
    [InlineData(256)]
    [InlineData(4_096)]
    [InlineData(1_000_000)]
    public void Each_class_finds_room_when_the_one_below_finds_none(long pagesMax)
    {
        var most = Enum.GetValues<WriteClass>().Select(of => DiskRules.PagesMax(of, pagesMax)).ToList();

        Assert.Equal(pagesMax, most[0]);
        Assert.All(most.Zip(most.Skip(1)), pair => Assert.InRange(pair.First - pair.Second, 8, 512));
        Assert.True(most[^1] >= pagesMax * 7 / 8);
    }

    [Theory]
    [InlineData(1_000, 0, 0)]
    [InlineData(1_000, 100, 0)]
    [InlineData(1_000, 500, 438)]
    [InlineData(10_000, 9_000, 512)]
    [InlineData(40, 30, 14)]
    public void Free_pages_go_back_in_steps_and_a_few_are_kept(long pages, long free, long given) => Assert.Equal(given, DiskRules.PagesToReclaim(pages, free));
}
