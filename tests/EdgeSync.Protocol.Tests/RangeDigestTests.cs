using CsCheck;

namespace EdgeSync.Protocol.Tests;

public sealed class RangeDigestTests
{
    [Fact]
    public void Parts_cover_a_range_once_and_are_no_more_than_were_asked() =>
        Gen.Select(Gen.Long[1, 1L << 40], Gen.Long[0, 100_000], Gen.Int[1, Limits.VerifyPartsMax]).Sample((from, length, parts) =>
        {
            var split = new VerifyRange(from, from + length, parts).Split().ToList();

            Assert.InRange(split.Count, 1, parts);
            Assert.Equal((from, from + length), (split[0].From, split[^1].To));
            Assert.All(split.Zip(split.Skip(1)), pair => Assert.Equal(pair.First.To + 1, pair.Second.From));
            Assert.All(split.SkipLast(1), part => Assert.Equal(split[0].Count(), part.Count()));
        });

    /// <summary>Found by a body at random: the numbers wrapped around, and ingest went on splitting until its memory was full.</summary>
    [Theory]
    [InlineData(long.MaxValue, long.MaxValue, 1)]
    [InlineData(long.MaxValue - 2, long.MaxValue, 2)]
    [InlineData(1, long.MaxValue, 64)]
    public void The_last_numbers_of_a_stream_are_split_as_any(long from, long to, int parts)
    {
        var split = new VerifyRange(from, to, parts).Split().Take(parts + 1).ToList();

        Assert.InRange(split.Count, 1, parts);
        Assert.Equal((from, to), (split[0].From, split[^1].To));
    }

    [Fact]
    public void Ranges_that_touch_are_one_up_to_the_last_number() => Assert.Equal(
        [new NumberRange(1, 5), new NumberRange(7, long.MaxValue)],
        NumberRange.Join([new(1, 3), new(4, 5), new(7, 9), new(8, long.MaxValue), new(long.MaxValue, long.MaxValue)]));

    [Fact]
    public void A_digest_changes_with_every_field_the_number_and_a_reading_that_is_there_twice_or_not()
    {
        var reading = new Reading("temperature", 7, 1.5, "[1]", new EntryName(new Epoch(3), 4));
        var digests = new[]
        {
            Of([(1, reading)]),
            Of([]),
            Of([(2, reading)]),
            Of([(1, reading), (1, reading)]),
            Of([(1, reading with { Sensor = "temperaturf" })]),
            Of([(1, reading with { RecordedAt = 8 })]),
            Of([(1, reading with { Value = 1.25 })]),
            Of([(1, reading with { Value = null })]),
            Of([(1, reading with { Payload = "[2]" })]),
            Of([(1, reading with { Payload = null })]),
            Of([(1, reading with { ReplayOf = null })]),
            // Longer than the buffer.
            Of([(1, reading with { Payload = new string(' ', 100_000) })]),
        };

        Assert.Equal(digests.Length, digests.Distinct().Count());
        Assert.Equal(digests[0], Of([(1, reading)]));
        // It is published: a device in another language computes the same.
        Assert.Equal("1046c812a88f7014", Of([(1, new Reading("t", 1, 1))]));
    }

    private static string Of((long Number, Reading Reading)[] readings)
    {
        using var digest = new RangeDigest();
        foreach (var (number, reading) in readings)
        {
            digest.Add(number, reading);
        }

        var bytes = new byte[RangeDigest.Bytes];
        digest.Finish(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
