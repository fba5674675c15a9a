using EdgeSync.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

/// <summary>Readings go when their time is over, in whole blocks, and the ledger says so.</summary>
public abstract class RetentionTests
{
    private readonly StorageKind _kind;

    private protected RetentionTests(StorageKind kind) => _kind = kind;

    private static readonly (string, string)[] ThreeDays = [("Ingest:Retention", "3.00:00:00"), ("Ingest:RetentionRowsPerSecond", "1000000")];

    [Fact]
    public async Task Blocks_go_when_their_last_reading_is_older()
    {
        await using var host = await StartAsync();
        var device = new TestDevice().Produce(2_500);
        await AppendAsync(host, device, 1, 1_200);
        host.Time.Advance(TimeSpan.FromDays(2));
        await AppendAsync(host, device, 1_201, 2_500);

        Assert.Equal(0, await SweepAsync(host));
        host.Time.Advance(TimeSpan.FromDays(1.5));
        // The second block holds readings of the first day and of the third, so it stays.
        Assert.Equal(Limits.CheckpointInterval, await SweepAsync(host));
        Assert.Equal(0, await SweepAsync(host));
        Assert.Equal(2_500 - Limits.CheckpointInterval, host.Storage.Count("telemetry_data"));
        Assert.Equal(["2500|2500|1024|1024"], host.Storage.Query("SELECT watermark, stored, expired, floor_seq FROM streams"));

        var digests = await host.DigestsAsync(device, 1_000, 1_024, 1_025, 2_048, 2_500);
        Assert.Equal(
            [null, device.DigestAt(1_024), device.DigestAt(1_025), device.DigestAt(2_048), device.DigestAt(2_500)],
            digests.Digests.Select(answer => answer.Digest));
    }

    [Fact]
    public async Task A_stream_that_rests_ends_its_last_block_early_and_goes_on()
    {
        await using var host = await StartAsync();
        var device = new TestDevice().Produce(1_300);
        await AppendAsync(host, device, 1, 100);
        host.Time.Advance(TimeSpan.FromDays(4));
        Assert.Equal(100, await SweepAsync(host));
        Assert.Equal(0, host.Storage.Count("telemetry_data"));
        Assert.Equal([device.DigestAt(100)], (await host.DigestsAsync(device, 100)).Digests.Select(answer => answer.Digest));

        await AppendAsync(host, device, 101, 1_300);
        Assert.Equal(["1300|1300|100|100"], host.Storage.Query("SELECT watermark, stored, expired, floor_seq FROM streams"));
        Assert.Equal(
            [device.DigestAt(101), device.DigestAt(1_024), device.DigestAt(1_299)],
            (await host.DigestsAsync(device, 101, 1_024, 1_299)).Digests.Select(answer => answer.Digest));
        host.Time.Advance(TimeSpan.FromDays(4));
        Assert.Equal(1_200, await SweepAsync(host));
        Assert.Equal(["1300|1300|1300|1300"], host.Storage.Query("SELECT watermark, stored, expired, floor_seq FROM streams"));
    }

    [Fact]
    public async Task Resent_numbers_stay_expired()
    {
        await using var host = await StartAsync();
        var device = new TestDevice().Produce(100);
        await AppendAsync(host, device, 1, 100);
        host.Time.Advance(TimeSpan.FromDays(4));
        await SweepAsync(host);
        Assert.Equal(100, (await host.AppendAsync(device, device.Batch(1, 100))).Watermark);
        Assert.Equal(0, host.Storage.Count("telemetry_data"));
    }

    [Fact]
    public async Task Refusals_and_gaps_keep_accounting_for_their_numbers()
    {
        await using var host = await StartAsync();
        var device = new TestDevice().Produce(1_100);
        await host.AppendAsync(device, device.Batch(1, 1_100, (10, 1_090)));
        host.Time.Advance(TimeSpan.FromDays(4));
        Assert.Equal(19, await SweepAsync(host));
        Assert.Equal(["1100|19|1081|19|1100"], host.Storage.Query("SELECT watermark, stored, gaps, expired, floor_seq FROM streams"));
        Assert.Equal(["10|1090"], host.Storage.Query("SELECT from_seq, to_seq FROM gaps"));
    }

    [Fact]
    public async Task Without_a_retention_nothing_goes()
    {
        await using var host = await IngestHost.StartAsync(_kind);
        var device = new TestDevice().Produce(10);
        await AppendAsync(host, device, 1, 10);
        host.Time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(0, await SweepAsync(host));
        Assert.Equal(10, host.Storage.Count("telemetry_data"));
    }

    [Fact]
    public async Task Streams_beyond_one_look_are_found_and_others_left_alone()
    {
        await using var host = await StartAsync();
        foreach (var seed in Enumerable.Range(1, 120))
        {
            var device = new TestDevice(seed).Produce(2);
            await AppendAsync(host, device, 1, 2);
        }

        host.Time.Advance(TimeSpan.FromDays(2));
        var late = new TestDevice(500).Produce(2);
        await AppendAsync(host, late, 1, 2);
        host.Time.Advance(TimeSpan.FromDays(1.5));
        Assert.Equal(240, await SweepAsync(host));
        Assert.Equal([late.Id.ToString()], host.Storage.Query("SELECT DISTINCT device_id FROM telemetry_data"));
    }

    /// <summary>Its own sweep stands still, so that what a test's sweep deletes is its own.</summary>
    private async Task<IngestHost> StartAsync()
    {
        var host = await IngestHost.StartAsync(_kind, ThreeDays);
        await host.Services.GetRequiredService<RetentionSweep>().StopAsync(TestContext.Current.CancellationToken);
        return host;
    }

    private static async Task AppendAsync(IngestHost host, TestDevice device, long from, long to)
    {
        device.SentAt = host.Time.GetMicroseconds();
        for (var first = from; first <= to; first += 500)
        {
            var last = Math.Min(first + 499, to);
            Assert.Equal(last, (await host.AppendAsync(device, device.Batch(first, last))).Watermark);
        }
    }

    private static async Task<long> SweepAsync(IngestHost host)
    {
        var sweeping = host.Services.GetRequiredService<RetentionSweep>().SweepAsync(TestContext.Current.CancellationToken);
        while (!sweeping.IsCompleted)
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        return await sweeping;
    }
}

public sealed class RetentionOnSqlite() : RetentionTests(StorageKind.Sqlite);

public sealed class RetentionOnServer() : RetentionTests(StorageKind.Server);
