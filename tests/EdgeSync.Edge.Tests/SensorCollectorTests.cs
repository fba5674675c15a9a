using System.Threading.Channels;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeSync.Edge.Tests;

public sealed class SensorCollectorTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();
    private readonly CancellationTokenSource _stop = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Reports_of_a_window_share_one_transaction_and_end_after_its_commit()
    {
        var collector = Collector(new SensorCollectorOptions { Window = TimeSpan.FromMilliseconds(20) });
        var reports = Enumerable.Range(0, 30).Select(i => collector.ReportAsync(new Reading($"sensor {i}", i, i), Ct)).ToList();
        var running = collector.RunAsync(_stop.Token);
        Assert.All(reports, report => Assert.False(report.IsCompleted));

        _world.Time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.All(await Task.WhenAll(reports), refusal => Assert.Equal(ReadingRefusal.None, refusal));
        Assert.Equal(30, _world.Device.Status.PendingRecords);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_refused_reading_is_told_to_its_sensor_alone()
    {
        var collector = Collector(new SensorCollectorOptions { Window = TimeSpan.Zero });
        var good = collector.ReportAsync(new Reading("a", 0, 1), Ct);
        var bad = collector.ReportAsync(new Reading("a", 0, double.NaN), Ct);
        var running = collector.RunAsync(_stop.Token);

        Assert.Equal(ReadingRefusal.None, await good);
        Assert.Equal(ReadingRefusal.ValueNotFinite, await bad);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task What_was_given_before_the_stop_is_stored()
    {
        var collector = Collector(new SensorCollectorOptions { Window = TimeSpan.FromSeconds(5), ReadingsMax = 3 });
        var reports = Enumerable.Range(0, 10).Select(i => collector.ReportAsync(new Reading("a", i, i), Ct)).ToList();
        var running = collector.RunAsync(_stop.Token);

        await _stop.CancelAsync();
        await running;

        await Task.WhenAll(reports);
        Assert.Equal(10, _world.Device.Status.PendingRecords);
        await Assert.ThrowsAsync<ChannelClosedException>(() => collector.ReportAsync(new Reading("a", 0, 1), Ct));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_fails_the_report_and_not_the_collector()
    {
        _world.Execute("CREATE TRIGGER full BEFORE INSERT ON telemetry_data WHEN NEW.value = 13 BEGIN SELECT RAISE(ABORT, 'disk full'); END");
        var collector = Collector(new SensorCollectorOptions { Window = TimeSpan.Zero, ReadingsMax = 1 });
        var unlucky = collector.ReportAsync(new Reading("a", 0, 13), Ct);
        var lucky = collector.ReportAsync(new Reading("a", 0, 14), Ct);
        var running = collector.RunAsync(_stop.Token);

        await Assert.ThrowsAsync<SqliteException>(() => unlucky);
        Assert.Equal(ReadingRefusal.None, await lucky);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Polled_sensors_each_have_their_rhythm_and_a_broken_one_disturbs_no_other()
    {
        var collector = Collector(new SensorCollectorOptions { Window = TimeSpan.Zero });
        var asked = Channel.CreateUnbounded<string>();
        collector.AddPolled("steady", TimeSpan.FromSeconds(1), _ =>
        {
            asked.Writer.TryWrite("steady");
            return ValueTask.FromResult<Reading?>(new Reading("steady", 0, 1));
        });
        collector.AddPolled("broken", TimeSpan.FromSeconds(1), _ =>
        {
            asked.Writer.TryWrite("broken");
            throw new IOException("no answer on the bus");
        });
        collector.AddPolled("silent", TimeSpan.FromSeconds(1), _ =>
        {
            asked.Writer.TryWrite("silent");
            return ValueTask.FromResult<Reading?>(null);
        });
        var running = collector.RunAsync(_stop.Token);
        var seen = new List<string>();
        for (var round = 1; round <= 3; round++)
        {
            while (seen.Count < 3 * round)
            {
                seen.Add(await asked.Reader.ReadAsync(Ct));
            }

            while (_world.Device.Status.PendingRecords < round)
            {
                await Task.Yield();
            }

            _world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(seen.Count(name => name == "broken"), 3, 4);
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_sensor_cannot_be_added_to_a_running_collector()
    {
        var collector = Collector(new SensorCollectorOptions());
        var running = collector.RunAsync(_stop.Token);

        Assert.Throws<InvalidOperationException>(() => collector.AddPolled("late", TimeSpan.FromSeconds(1), _ => ValueTask.FromResult<Reading?>(null)));

        await _stop.CancelAsync();
        await running;
    }

    private SensorCollector Collector(SensorCollectorOptions options) => new(_world.Device, options, _world.Time, NullLoggerFactory.Instance);
}
