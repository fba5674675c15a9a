namespace EdgeSync.Protocol.Tests;

public sealed class ReadingRulesTests
{
    private static readonly Reading Good = new("temperature", Samples.Time, 21.5);

    public static TheoryData<Reading, ReadingRefusal> Table => new()
    {
        { Good, ReadingRefusal.None },
        { Good with { Value = null, Payload = "{}" }, ReadingRefusal.None },
        { Good with { Sensor = "" }, ReadingRefusal.SensorEmpty },
        { Good with { Sensor = null! }, ReadingRefusal.SensorEmpty },
        { Good with { Sensor = new string('a', Limits.SensorNameBytesMax) }, ReadingRefusal.None },
        { Good with { Sensor = new string('a', Limits.SensorNameBytesMax + 1) }, ReadingRefusal.SensorTooLong },
        { Good with { Sensor = new string('ü', Limits.SensorNameBytesMax / 2 + 1) }, ReadingRefusal.SensorTooLong },
        { Good with { Sensor = "a\tb" }, ReadingRefusal.SensorInvalid },
        { Good with { Sensor = "a\0" }, ReadingRefusal.SensorInvalid },
        { Good with { Sensor = "\ud800" }, ReadingRefusal.SensorInvalid },
        { Good with { RecordedAt = Limits.RecordedAtMin }, ReadingRefusal.None },
        { Good with { RecordedAt = Limits.RecordedAtMax }, ReadingRefusal.None },
        { Good with { RecordedAt = Limits.RecordedAtMin - 1 }, ReadingRefusal.TimeUnrepresentable },
        { Good with { RecordedAt = Limits.RecordedAtMax + 1 }, ReadingRefusal.TimeUnrepresentable },
        { Good with { RecordedAt = 0 }, ReadingRefusal.None },
        { Good with { Value = double.NaN }, ReadingRefusal.ValueNotFinite },
        { Good with { Value = double.NegativeInfinity }, ReadingRefusal.ValueNotFinite },
        { Good with { Value = double.Epsilon }, ReadingRefusal.None },
        { Good with { Payload = "{" }, ReadingRefusal.PayloadNotJson },
        { Good with { Payload = "" }, ReadingRefusal.PayloadNotJson },
        { Good with { Payload = "{} {}" }, ReadingRefusal.PayloadNotJson },
        { Good with { Payload = "\"\ud800\"" }, ReadingRefusal.PayloadNotJson },
        { Good with { Payload = new string('[', 33) + new string(']', 33) }, ReadingRefusal.PayloadNotJson },
        { Good with { Payload = new string('[', 32) + new string(']', 32) }, ReadingRefusal.None },
        { Good with { Payload = $"\"{new string('x', Limits.PayloadBytesMax - 2)}\"" }, ReadingRefusal.None },
        { Good with { Payload = $"\"{new string('x', Limits.PayloadBytesMax - 1)}\"" }, ReadingRefusal.PayloadTooLarge },
        { Good with { Value = null }, ReadingRefusal.Empty },
    };

    [Theory]
    [MemberData(nameof(Table), DisableDiscoveryEnumeration = true)]
    public void A_reading_is_refused_for_the_first_rule_that_it_breaks(Reading reading, ReadingRefusal expected) =>
        Assert.Equal(expected, ReadingRules.Check(reading));

    [Fact]
    public void Every_reason_has_a_row_in_the_table() =>
        Assert.Equal(Enum.GetValues<ReadingRefusal>().Order(), Table.Select(row => row.Data.Item2).Distinct().Order());
}
