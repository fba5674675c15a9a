namespace EdgeSync.ServiceDefaults.Tests;

public sealed class GenerationsTests
{
    [Fact]
    public void What_is_used_stays_and_the_rest_is_forgotten_within_the_bound()
    {
        var known = new Generations<int, string>(10);
        for (var i = 0; i < 1_000; i++)
        {
            known.Add(i, $"value {i}");
            Assert.True(known.TryGet(0, out var first));
            Assert.Equal("value 0", first);
            Assert.InRange(known.Count, 1, 10);
        }

        Assert.True(known.TryGet(999, out _));
        Assert.False(known.TryGet(500, out _));
    }

    [Fact]
    public void A_value_that_was_removed_or_replaced_does_not_come_back()
    {
        var known = new Generations<int, string>(4);
        known.Add(1, "old");
        known.Add(2, "two");
        known.Add(3, "three");

        known.Add(1, "new");
        known.Remove(2);

        Assert.True(known.TryGet(1, out var value));
        Assert.Equal("new", value);
        Assert.False(known.TryGet(2, out _));
    }
}
