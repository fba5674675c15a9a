using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

/// <summary>The newest reading of each sensor is at hand.</summary>
public abstract class LatestValueTests : IAsyncLifetime
{
    private const string Latest = "SELECT sensor, value, payload, seq FROM latest_values ORDER BY sensor";

    private readonly StorageKind _kind;
    private readonly TestDevice _device = new();
    private IngestHost _host = null!;

    private protected LatestValueTests(StorageKind kind) => _kind = kind;

    public async ValueTask InitializeAsync() => _host = await IngestHost.StartAsync(_kind, ("Ingest:LatestSensorsMax", "3"));

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task The_last_reading_of_each_sensor_stands()
    {
        await SendAsync(new Reading("a", 30, 1), new Reading("b", 20, 2), new Reading("a", 10, 3), new Reading("b", 40, double.NaN));
        Assert.Equal(["a|3||3", "b|2||2"], _host.Storage.Query(Latest));

        _host.Time.Advance(TimeSpan.FromSeconds(1));
        await SendAsync(new Reading("b", 50, null, "[true]"));
        Assert.Equal(["a|3||3", "b||[true]|5"], _host.Storage.Query(Latest));
    }

    [Fact]
    public async Task A_device_clock_in_2099_does_not_stay_the_latest()
    {
        await SendAsync(new Reading("a", 4_070_908_800_000_000, 1));
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        await SendAsync(new Reading("a", TestDevice.Start, 2));

        Assert.Equal([$"{TestDevice.Start}|{TestDevice.Start + 1_000_000}|{_device.Epoch}"], _host.Storage.Query("SELECT recorded_at, received_at, epoch FROM latest_values"));
    }

    [Fact]
    public async Task What_arrived_earlier_does_not_replace_what_arrived_later()
    {
        await SendAsync(new Reading("a", 1, 1));
        _host.Storage.Query($"UPDATE latest_values SET received_at = {TestDevice.Start + 1}");
        await SendAsync(new Reading("a", 2, 2));

        Assert.Equal(["a|1||1"], _host.Storage.Query(Latest));
    }

    [Fact]
    public async Task Sensors_beyond_the_bound_are_stored_and_not_kept_at_hand()
    {
        var other = new TestDevice(2).Produce(new Reading("z", 1, 1));
        await _host.AppendAsync(other, other.Batch(1, 1));
        await SendAsync(new Reading("d", 1, 1), new Reading("c", 2, 2));
        await SendAsync(new Reading("b", 3, 3), new Reading("a", 4, 4), new Reading("c", 5, 5));
        await SendAsync(new Reading("a", 6, 6), new Reading("d", 7, 7));

        Assert.Equal(["b|3||3", "c|5||5", "d|7||7", "z|1||1"], _host.Storage.Query(Latest));
        Assert.Equal(8, _host.Storage.Count("telemetry_data"));
    }

    private async Task SendAsync(params Reading[] readings)
    {
        var first = _device.Head + 1;
        _device.Produce(readings);
        Assert.Equal(_device.Head, (await _host.AppendAsync(_device, _device.Batch(first, _device.Head))).Watermark);
    }
}

public sealed class LatestValuesOnSqlite() : LatestValueTests(StorageKind.Sqlite);

public sealed class LatestValuesOnServer() : LatestValueTests(StorageKind.Server);
