namespace EdgeSync.Edge.Tests;

public sealed class RandomnessTests
{
    [Fact]
    public void A_cryptographic_random_stays_in_its_ranges_and_does_not_repeat()
    {
        var random = new CryptographicRandom();
        var seen = new HashSet<long>();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(seen.Add(random.NextInt64(long.MinValue, long.MaxValue)));
            Assert.InRange(random.NextInt64(1, 4), 1, 3);
            Assert.InRange(random.Next(7), 0, 6);
            Assert.InRange(random.NextDouble(), 0, 0.9999999999999999);
        }

        Assert.Equal(5, random.NextInt64(5, 5));
    }
}
