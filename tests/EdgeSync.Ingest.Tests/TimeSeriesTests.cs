using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

/// <summary>What operators read of a device's telemetry.</summary>
public abstract class TimeSeriesTests : IAsyncLifetime
{
    private readonly StorageKind _kind;
    private readonly TestDevice _device = new();
    private IngestHost _host = null!;

    private protected TimeSeriesTests(StorageKind kind) => _kind = kind;

    public async ValueTask InitializeAsync() => _host = await IngestHost.StartAsync(_kind);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task A_range_begins_with_its_first_moment_and_ends_before_its_last_in_the_order_of_the_devices_time()
    {
        await SendAsync(_device, new Reading("a", 40, 4), new Reading("a", 20, 2), new Reading("b", 30, 3), new Reading("a", 10, 1));

        var page = await RangeAsync("from=20&to=40");

        Assert.Equal([(20, 2), (30, 3)], page.Items.Select(reading => (reading.RecordedAt, reading.Value!.Value)));
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task A_reading_is_shown_as_it_was_sent()
    {
        var repeated = new EntryName(new Epoch(77), 4);
        await SendAsync(_device, new Reading("door", -5, null, """{"open":  true}""", repeated));

        var reading = Assert.Single((await RangeAsync("from=-10&to=0")).Items);

        Assert.Equal(new ReadingView("door", -5, TestDevice.Start, _device.Epoch, 1, null, new JsonValue("""{"open":  true}"""), "77:4"), reading);
    }

    [Fact]
    public async Task Pages_follow_each_other_through_readings_of_one_moment()
    {
        var branch = new TestDevice { Epoch = new Epoch(5) };
        await SendAsync(_device, [.. Enumerable.Range(1, 4).Select(i => new Reading("a", 10, i)), new Reading("a", 9, 0)]);
        await SendAsync(branch, [.. Enumerable.Range(1, 3).Select(i => new Reading("a", 10, -i)), new Reading("a", 11, 9)]);

        var read = new List<(long, long, long)>();
        var pages = 0;
        for (string? after = ""; after is not null; pages++)
        {
            var page = await RangeAsync($"from=0&to=100&limit=2{(after == "" ? "" : $"&after={after}")}");
            read.AddRange(page.Items.Select(reading => (reading.RecordedAt, reading.Epoch.Value, reading.Number)));
            after = page.Next;
        }

        long old = _device.Epoch.Value;
        Assert.Equal([(9, old, 5), (10, 5, 1), (10, 5, 2), (10, 5, 3), (10, old, 1), (10, old, 2), (10, old, 3), (10, old, 4), (11, 5, 4)], read);
        Assert.Equal(5, pages);
    }

    [Fact]
    public async Task A_range_may_name_a_sensor()
    {
        await SendAsync(_device, new Reading("a", 1, 1), new Reading("Temperatur außen & innen", 2, 2), new Reading("a", 3, 3));

        Assert.Equal([2], (await RangeAsync($"from=0&to=9&sensor={Uri.EscapeDataString("Temperatur außen & innen")}")).Items.Select(reading => reading.Number));
        Assert.Equal([1, 3], (await RangeAsync("from=0&to=9&sensor=a")).Items.Select(reading => reading.Number));
    }

    [Fact]
    public async Task Buckets_are_what_the_readings_are()
    {
        var random = new Random(7);
        // Wholes and halves, so that sums are exact in any order; times on both sides of 1970.
        var readings = Enumerable.Range(0, 400).Select(i => new Reading($"s{random.Next(3)}", random.NextInt64(-2_000, 2_000), random.Next(-100, 100) / 2.0)).ToArray();
        await SendAsync(_device, readings);

        foreach (var (from, to, width) in new[] { (-2_000L, 2_000L, 7L), (-1_999, 1_500, 1_000), (-500, 500, 1), (0, 100, 100), (-100, -50, 49), (-2_000, 2_000, 1_000_000) })
        {
            var expected = readings.Index().Where(reading => reading.Item.RecordedAt >= from && reading.Item.RecordedAt < to)
                .GroupBy(reading => (reading.Item.Sensor, Start: from + ((reading.Item.RecordedAt - from) / width * width)))
                .OrderBy(bucket => bucket.Key.Sensor, StringComparer.Ordinal).ThenBy(bucket => bucket.Key.Start)
                .Select(bucket =>
                {
                    var last = bucket.OrderBy(reading => reading.Item.RecordedAt).ThenBy(reading => reading.Index).Last().Item;
                    var values = bucket.Select(reading => reading.Item.Value!.Value).ToList();
                    return new TelemetryBucket(bucket.Key.Sensor, bucket.Key.Start, values.Count, values.Min(), values.Max(), values.Average(), last.Value!.Value, last.RecordedAt);
                });

            var buckets = (await BucketsAsync($"from={from}&to={to}&width={width}")).Items;

            Assert.Equal(expected.Select(Rounded), buckets.Select(Rounded));
        }

        static TelemetryBucket Rounded(TelemetryBucket bucket) => bucket with { Avg = Math.Round(bucket.Avg, 9) };
    }

    [Fact]
    public async Task Readings_without_a_value_are_in_no_bucket_and_a_sensor_may_be_named()
    {
        await SendAsync(_device, new Reading("a", 1, 5), new Reading("a", 2, null, "[]"), new Reading("b", 3, 7), new Reading("c", 4, null, "{}"));

        Assert.Equal([("a", 1L, 5d, 1L), ("b", 1, 7, 3)], (await BucketsAsync("from=0&to=10&width=10")).Items.Select(bucket => (bucket.Sensor, bucket.Count, bucket.Last, bucket.LastAt)));
        Assert.Equal("b", Assert.Single((await BucketsAsync("from=0&to=10&width=10&sensor=b")).Items).Sensor);
    }

    [Fact]
    public async Task The_largest_and_the_smallest_values_have_a_mean()
    {
        await SendAsync(
            _device,
            new Reading("large", 1, double.MaxValue), new Reading("large", 2, double.MaxValue), new Reading("both", 1, double.MaxValue), new Reading("both", 2, -double.MaxValue),
            new Reading("small", 1, double.Epsilon), new Reading("small", 2, double.Epsilon), new Reading("equal", 1, 0.1), new Reading("equal", 2, 0.1), new Reading("equal", 3, 0.1));

        var means = (await BucketsAsync("from=0&to=10&width=10")).Items.ToDictionary(bucket => bucket.Sensor, bucket => bucket.Avg);

        Assert.Equal((double.MaxValue, 0, double.Epsilon, 0.1), (means["large"], means["both"], means["small"], means["equal"]));
    }

    [Fact]
    public async Task A_range_with_too_many_buckets_is_refused_with_the_width_that_is_answered()
    {
        await SendAsync(_device, new Reading("a", 1, 5));
        var query = $"from=0&to={(Limits.BucketsMax * 60) + 1}";

        var problem = await RefusedAsync(Routes.DeviceTelemetryBuckets, $"{query}&width=60");

        Assert.Equal($"The range has 1001 buckets of this width, and at most 1000 are answered at once. Ask for a 'width' of 61 or more, or for a shorter range.", Assert.Single(problem.Errors!).Value);
        Assert.Single((await BucketsAsync($"{query}&width=61")).Items);
    }

    [Fact]
    public async Task Too_many_buckets_of_all_sensors_are_refused_and_those_of_one_are_not()
    {
        const int Sensors = (Limits.BucketItemsMax / Limits.BucketsMax) + 1;
        foreach (var times in Enumerable.Range(0, Limits.BucketsMax).Chunk(Limits.BatchReadingsMax / Sensors))
        {
            await SendAsync(_device, [.. times.SelectMany(time => Enumerable.Range(0, Sensors).Select(sensor => new Reading($"s{sensor}", time, 1)))]);
        }

        var query = $"from=0&to={Limits.BucketsMax}&width=1";
        var problem = await RefusedAsync(Routes.DeviceTelemetryBuckets, query);

        Assert.Equal(["sensor"], problem.Errors!.Keys);
        Assert.Equal(Limits.BucketsMax, (await BucketsAsync($"{query}&sensor=s3")).Items.Count);
    }

    [Fact]
    public async Task The_newest_reading_of_each_sensor_is_listed_in_pages()
    {
        await SendAsync(_device, new Reading("b", 1, 1), new Reading("a", 2, 2), new Reading("c c", 3, null, "[1]"), new Reading("a", 1, 4));

        var first = await LatestAsync("?limit=2");
        var second = await LatestAsync($"?limit=2&after={Uri.EscapeDataString(first.Next!)}");

        Assert.Equal(
            [
                new ReadingView("a", 1, TestDevice.Start, _device.Epoch, 4, 4),
                new ReadingView("b", 1, TestDevice.Start, _device.Epoch, 1, 1),
                new ReadingView("c c", 3, TestDevice.Start, _device.Epoch, 3, null, new JsonValue("[1]")),
            ],
            first.Items.Concat(second.Items));
        Assert.Equal(("b", null), (first.Next, second.Next));
    }

    [Fact]
    public async Task A_device_that_was_never_seen_is_not_found_and_one_without_readings_has_none()
    {
        foreach (var (path, query) in new[] { (Routes.DeviceTelemetry, "?from=0&to=1"), (Routes.DeviceTelemetryBuckets, "?from=0&to=1&width=1"), (Routes.DeviceLatest, "") })
        {
            using var response = await _host.GetAsync(Of(path) + query);
            await response.ProblemAsync(ProblemTypes.NotFound);
        }

        using var heartbeat = await _host.PostAsync(_device, Routes.Heartbeat, new Heartbeat(_device.Boot, TestDevice.Start, "1.0.0", "ok", TestDevice.Start, 0, 0, 0, []));
        Assert.Equal(HttpStatusCode.OK, heartbeat.StatusCode);
        Assert.Empty((await RangeAsync("from=0&to=1")).Items);
        Assert.Empty((await BucketsAsync("from=0&to=1&width=1")).Items);
        Assert.Empty((await LatestAsync("")).Items);
    }

    [Fact]
    public async Task A_question_with_bad_values_is_answered_with_what_to_change()
    {
        foreach (var (path, query, fields) in new[]
        {
            (Routes.DeviceTelemetry, "", "from to"),
            (Routes.DeviceTelemetry, "from=yesterday&to=99999999999999999999", "from to"),
            (Routes.DeviceTelemetry, $"from=0&to={Limits.RecordedAtMax + 1}", "to"),
            (Routes.DeviceTelemetry, "from=5&to=5", "to"),
            (Routes.DeviceTelemetry, "from=5&to=9&sensor=&limit=501&after=4.1.1", "after limit sensor"),
            (Routes.DeviceTelemetry, "from=5&to=9&after=x", "after"),
            (Routes.DeviceTelemetryBuckets, "from=0&to=9", "width"),
            (Routes.DeviceTelemetryBuckets, "from=0&to=9&width=0&sensor=%00", "sensor width"),
            (Routes.DeviceLatest, $"after=%00&limit=0", "after limit"),
        })
        {
            var problem = await RefusedAsync(path, query);
            Assert.Equal(fields, string.Join(' ', problem.Errors!.Keys.Order(StringComparer.Ordinal)));
        }

        using var response = await _host.GetAsync(Routes.DeviceLatest.Replace("{device}", "pump", StringComparison.Ordinal));
        Assert.Equal(["device"], (await response.ProblemAsync(ProblemTypes.Validation)).Errors!.Keys);
    }

    private async Task SendAsync(TestDevice device, params Reading[] readings)
    {
        var first = device.Head + 1;
        device.Produce(readings);
        Assert.Equal(device.Head, (await _host.AppendAsync(device, device.Batch(first, device.Head))).Watermark);
    }

    private string Of(string path) => path.Replace("{device}", _device.Id.ToString(), StringComparison.Ordinal);

    private async Task<Page<ReadingView>> RangeAsync(string query)
    {
        using var response = await _host.GetAsync($"{Of(Routes.DeviceTelemetry)}?{query}");
        return await response.ReadAsync(ProtocolJson.Default.PageReadingView);
    }

    private async Task<Page<TelemetryBucket>> BucketsAsync(string query)
    {
        using var response = await _host.GetAsync($"{Of(Routes.DeviceTelemetryBuckets)}?{query}");
        return await response.ReadAsync(ProtocolJson.Default.PageTelemetryBucket);
    }

    private async Task<Page<ReadingView>> LatestAsync(string query)
    {
        using var response = await _host.GetAsync(Of(Routes.DeviceLatest) + query);
        return await response.ReadAsync(ProtocolJson.Default.PageReadingView);
    }

    private async Task<Problem> RefusedAsync(string path, string query)
    {
        using var response = await _host.GetAsync($"{Of(path)}?{query}");
        return await response.ProblemAsync(ProblemTypes.Validation);
    }
}

public sealed class TimeSeriesOnSqlite() : TimeSeriesTests(StorageKind.Sqlite);

public sealed class TimeSeriesOnServer() : TimeSeriesTests(StorageKind.Server);
