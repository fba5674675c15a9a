using CsCheck;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

/// <summary>Two instances of the service on one database, and devices that switch between them in the middle of a retry.</summary>
public sealed class TwoInstancesTests : IAsyncLifetime
{
    private const int Produced = 120;
    private const int Fleet = 6;

    private readonly List<WebApplication> _instances = [];
    private TestStorage _storage = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _storage = await TestStorage.CreateAsync(StorageKind.Server);
        for (var i = 0; i < 2; i++)
        {
            var app = await IngestHost.ReadyAsync(_storage, TimeProvider.System, ("Ingest:Writers", "2"), ("Ingest:CommitRowsMax", "60"));
            await app.Services.GetRequiredService<GroupCommit>().StartAsync(Ct);
            _instances.Add(app);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _instances)
        {
            await app.Services.GetRequiredService<GroupCommit>().StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }

        await _storage.DisposeAsync();
    }

    [Fact]
    public async Task Every_reading_is_stored_once_whichever_instance_is_asked()
    {
        var commits = _instances.ConvertAll(app => app.Services.GetRequiredService<GroupCommit>());
        var round = 0;
        await Gen.Int[0, int.MaxValue - 1].Array[Fleet].SampleAsync(
            async seeds =>
            {
                var devices = Enumerable.Range(1, Fleet).Select(i => new TestDevice((round * Fleet) + i).Produce(Produced)).ToList();
                round++;
                await Task.WhenAll(devices.Select((device, i) => SendAllAsync(commits, device, new Random(seeds[i]))));
                Assert.Equal([$"{round * Fleet}|{Produced}|{Produced}"], _storage.Query("SELECT count(*), min(watermark), max(stored) FROM streams"));
                Assert.Equal(round * Fleet * Produced, _storage.Count("telemetry_data"));
                Assert.Equal([$"{round * Fleet}|{Produced}"], _storage.Query("SELECT count(*), min(seq) FROM latest_values"));
            },
            iter: 15,
            threads: 1);
    }

    // Sends each batch to one instance or to both at once, or again to the other, as after an answer that was late; and what is not yet its turn, too.
    private static async Task SendAllAsync(List<GroupCommit> commits, TestDevice device, Random random)
    {
        var acknowledged = 0L;
        while (acknowledged < Produced)
        {
            var first = Math.Max(1, acknowledged + 1 - random.Next(0, 20));
            var last = Math.Min(Produced, acknowledged + random.Next(1, 30));
            var (one, other) = random.Next(2) == 0 ? (commits[0], commits[1]) : (commits[1], commits[0]);
            Task<WriteOutcome>[] sent = random.Next(4) switch
            {
                0 => [WriteAsync(one, device, first, last)],
                1 => [WriteAsync(one, device, first, last), WriteAsync(other, device, first, last)],
                2 => [WriteAsync(one, device, first, last), WriteAsync(other, device, Math.Min(last + 1, Produced), Produced)],
                _ => [WriteAsync(one, device, first, last), KeepAsync(other, device), WriteAsync(other, device, first, Math.Min(last + 10, Produced))],
            };
            foreach (var outcome in await Task.WhenAll(sent))
            {
                switch (outcome)
                {
                    case WriteOutcome.Acknowledged { Ack: var ack }:
                        Assert.Equal(device.DigestAt(ack.Watermark), ack.Digest);
                        acknowledged = Math.Max(acknowledged, ack.Watermark);
                        break;
                    case WriteOutcome.Conflict conflict:
                        Assert.Equal((ProblemTypes.SequenceHole, device.DigestAt(conflict.Watermark)), (conflict.Type, conflict.Digest));
                        break;
                    default:
                        Assert.IsType<WriteOutcome.HeartbeatKept>(outcome);
                        break;
                }
            }
        }
    }

    private static Task<WriteOutcome> WriteAsync(GroupCommit commit, TestDevice device, long first, long last) =>
        commit.WriteAsync(new AppendRequest(device.Id, CheckedBatch.Of(device.Batch(first, last)), TestDevice.Start + last), Ct);

    private static Task<WriteOutcome> KeepAsync(GroupCommit commit, TestDevice device) =>
        commit.WriteAsync(new HeartbeatRequest(device.Id, new Heartbeat(device.Boot, TestDevice.Start, "0.1.0", "ok", TestDevice.Start, 1, 1, 0, []), TestDevice.Start), Ct);
}
