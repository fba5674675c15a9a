using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

public sealed class EdgeToControlPlaneTests(Site site) : IClassFixture<Site>
{
    private static readonly Reading[] Unusual =
    [
        new("zero", 1, 0.0),
        new("smallest", 2, double.Epsilon),
        new("negative denormal", 3, -4.9406564584124654E-320),
        new("largest", 4, double.MaxValue),
        new("third", 5, 1.0 / 3),
        new("größe ✓ 温度", 6, -273.15),
        new("long before", Limits.RecordedAtMin, 1),
        new("long after", Limits.RecordedAtMax, 1),
        new("spaced payload", 7, null, "{ \"b\" : 1.0,\r\n\t\"a\": 10e-1, \"a\": \"\\u00e9 é 🌡\" }"),
        new("both", 8, 42, "[]"),
        new(new string('s', Limits.SensorNameBytesMax), 9, 1, $"\"{new string('x', Limits.PayloadBytesMax - 2)}\""),
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readings_arrive_bit_for_bit()
    {
        var device = await site.AddDeviceAsync();
        device.Start();

        Assert.Empty(device.Device.Append(Unusual).Refused);
        await device.DrainAsync();

        Assert.Equal(Unusual.Select(Bits), site.ReadStored(device).Select(row => Bits(row.Reading)));
    }

    [Fact]
    public async Task Negative_zero_arrives_as_the_one_zero()
    {
        var device = await site.AddDeviceAsync();
        device.Start();

        device.Device.Append([new Reading("flow", 1, -0.0)]);
        await device.DrainAsync();

        Assert.Equal(0L, BitConverter.DoubleToInt64Bits(Assert.Single(site.ReadStored(device)).Reading.Value!.Value));
    }

    [Fact]
    public async Task A_reading_that_breaks_a_rule_takes_no_number_and_stops_no_other()
    {
        var device = await site.AddDeviceAsync();
        device.Start();

        var refused = device.Device.Append([new Reading("a", 1, 1), new Reading("a", 2, double.NaN), new Reading("a", 3, null, "{"), new Reading("a", 4, 4)]).Refused;
        await device.DrainAsync();

        Assert.Equal([ReadingRefusal.ValueNotFinite, ReadingRefusal.PayloadNotJson], refused.Select(append => append.Reason));
        Assert.Equal([(1L, 1L), (2L, 4L)], site.ReadStored(device).Select(row => (row.Name.Number, row.Reading.RecordedAt)));
    }

    [Fact]
    public async Task More_than_one_batch_arrives_in_order()
    {
        var device = await site.AddDeviceAsync(options => options with { BatchReadingsMax = 7 });
        device.Start();

        device.Produce(100);
        await device.DrainAsync();

        var stored = site.ReadStored(device);
        Assert.Equal(Enumerable.Range(1, 100).Select(number => (long)number), stored.Select(row => row.Name.Number));
        Assert.Equal(stored.Select(row => row.Reading.RecordedAt).Order(), stored.Select(row => row.Reading.RecordedAt));
    }

    private static (string, long, long?, string?) Bits(Reading reading) =>
        (reading.Sensor, reading.RecordedAt, reading.Value is { } value ? BitConverter.DoubleToInt64Bits(value) : null, reading.Payload);
}
