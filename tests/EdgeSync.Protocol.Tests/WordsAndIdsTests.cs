namespace EdgeSync.Protocol.Tests;

public sealed class WordsAndIdsTests
{
    [Theory]
    [InlineData("8123372036854775807;1;200;live", true)]
    [InlineData("1;1;1;backlog", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("1;1;1", false)]
    [InlineData("1;1;1;LIVE", false)]
    [InlineData("0;1;1;live", false)]
    [InlineData("1;0;1;live", false)]
    [InlineData("1;1;0;live", false)]
    [InlineData("1;+1;1;live", false)]
    [InlineData("1;1;1;live;", false)]
    [InlineData("9223372036854775808;1;1;live", false)]
    public void A_batch_header_is_read_strictly_and_written_back(string? text, bool good)
    {
        Assert.Equal(good, BatchHeader.TryParse(text, out var header));
        if (good)
        {
            Assert.Equal(text, header.ToString());
        }
    }

    [Theory]
    [InlineData("urn:edgesync:device:0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10", true)]
    [InlineData("urn:edgesync:device:0B6F1F6E-3A52-4C8E-9D0A-2F1F6C1B7A10", true)]
    [InlineData("urn:edgesync:device:00000000-0000-0000-0000-000000000000", false)]
    [InlineData("urn:edgesync:device:{0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10}", false)]
    [InlineData("urn:edgesync:operator:0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10", false)]
    [InlineData(null, false)]
    public void A_device_is_named_by_its_URI(string? uri, bool good)
    {
        Assert.Equal(good, DeviceId.TryParseUri(uri, out var id));
        if (good)
        {
            Assert.Equal(uri!.ToLowerInvariant(), id.ToUri());
        }
    }

    [Fact]
    public void Words_are_lower_case_with_hyphens_and_read_back()
    {
        Assert.Equal("payload-not-json", Words.Of(ReadingRefusal.PayloadNotJson));
        Assert.All(Enum.GetValues<ReadingRefusal>(), value => Assert.Equal(value, Words.Parse<ReadingRefusal>(Words.Of(value))));
        Assert.Contains("payload-not-json", Assert.Throws<FormatException>(() => Words.Parse<ReadingRefusal>("nonsense")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Times_are_cut_to_microseconds_towards_zero_and_come_back()
    {
        var time = new DateTimeOffset(2026, 11, 24, 7, 0, 0, TimeSpan.Zero).AddTicks(1_234_567);

        Assert.Equal(time.AddTicks(-7), Microseconds.ToTime(Microseconds.From(time)));
        Assert.Equal(Limits.RecordedAtMin, Microseconds.From(DateTimeOffset.MinValue));
        Assert.Equal(Limits.RecordedAtMax, Microseconds.From(DateTimeOffset.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => Microseconds.ToTime(Limits.RecordedAtMax + 1));
    }

    [Fact]
    public void Problem_types_have_unique_codes_and_fitting_states()
    {
        Assert.Distinct(ProblemTypes.All.Select(type => type.Code));
        Assert.All(ProblemTypes.All, type => Assert.InRange(type.Status, 400, 599));
        Assert.Equal(
            typeof(ProblemTypes).GetFields().Select(field => (ProblemType)field.GetValue(null)!).OrderBy(type => type.Code, StringComparer.Ordinal),
            ProblemTypes.All.OrderBy(type => type.Code, StringComparer.Ordinal));
    }
}
