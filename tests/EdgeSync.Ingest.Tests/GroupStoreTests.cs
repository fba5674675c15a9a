using CsCheck;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

/// <summary>What a group leaves in the database: the same rows in each, and the same again when it is written twice.</summary>
public sealed class GroupStoreTests
{
    private const int Produced = 1_200;
    private const int Fleet = 3;

    private static readonly TestDevice[] Devices = [.. Enumerable.Range(1, Fleet).Select(Produce)];

    private static readonly Gen<WriteRequest> Writes =
        from device in Gen.Int[0, Fleet - 1]
        from isHeartbeat in Gen.Int[0, 5]
        from first in Gen.Int[1, Produced]
        from count in Gen.Int[1, 600]
        from gap in Gen.Int[0, 200]
        from late in Gen.Long[-100_000_000, 100_000_000]
        select isHeartbeat == 0 ? (WriteRequest)Heartbeat(Devices[device], first, late) : Append(Devices[device], first, Math.Min(first + count, Produced), gap, late);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_database_holds_the_same_after_the_same_groups_and_a_group_written_twice_changes_nothing()
    {
        await using var file = await Side.OpenAsync(StorageKind.Sqlite);
        await using var server = await Side.OpenAsync(StorageKind.Server);
        await Gen.Select(Writes.Array[1, 10].Array[1, 3], Gen.Bool).SampleAsync(async (groups, inOrder) =>
        {
            file.Storage.Clear();
            server.Storage.Clear();
            foreach (var group in inOrder ? groups.Append(All()) : groups)
            {
                var first = await server.WriteAsync(group);
                Assert.Equal(await file.WriteAsync(group), first);
                var rows = server.Storage.Dump();
                Assert.Equal(file.Storage.Dump(), rows);

                // As after a commit whose answer was lost. What was refused then may fit now, and is left out.
                var accepted = group.Where((_, i) => !first[i].StartsWith("Conflict", StringComparison.Ordinal)).ToArray();
                Assert.All(await server.WriteAsync(accepted), outcome => Assert.DoesNotContain("Conflict", outcome, StringComparison.Ordinal));
                Assert.Equal(rows, server.Storage.Dump());
                await file.WriteAsync(accepted);
                Assert.Equal(rows, file.Storage.Dump());
            }
        }, iter: 20, threads: 1);
    }

    private static WriteRequest[] All() =>
        [.. from device in Devices from first in Enumerable.Range(0, 2) select Append(device, (first * 600) + 1, (first + 1) * 600, 0, 0)];

    private static AppendRequest Append(TestDevice device, int first, int last, int gap, long late)
    {
        var (from, to) = (first + gap, Math.Min(first + (2 * gap), last));
        device.SentAt = TestDevice.Start + late;
        var batch = gap > 0 && from < to ? device.Batch(first, last, (from, to)) : device.Batch(first, last);
        return new AppendRequest(device.Id, CheckedBatch.Of(batch), TestDevice.Start + last);
    }

    private static HeartbeatRequest Heartbeat(TestDevice device, int pending, long late) => new(
        device.Id,
        new Heartbeat(device.Boot, TestDevice.Start + late, "0.1.0", "ok", TestDevice.Start, pending, 900, 0, [new StreamPosition(device.Epoch, 20, 8, true)]),
        TestDevice.Start + pending);

    private static TestDevice Produce(int seed)
    {
        var device = new TestDevice(seed);
        for (var number = 1; number <= Produced; number++)
        {
            var sensor = $"größe {number % 7}";
            device.Produce((number % 97) switch
            {
                0 => new Reading(sensor, number, null),
                1 => new Reading(sensor, number, number / 3.0, """{ "é": 1.50 }"""),
                2 => new Reading(sensor, number, null, "[]", new EntryName(new Epoch(9), number)),
                _ => new Reading(sensor, 1_000 - number, number / 7.0),
            });
        }

        return device;
    }

    private sealed class Side(TestStorage storage, WebApplication app, TelemetryStore store) : IAsyncDisposable
    {
        public TestStorage Storage => storage;

        public static async Task<Side> OpenAsync(StorageKind kind)
        {
            var storage = await TestStorage.CreateAsync(kind);
            var app = await IngestHost.ReadyAsync(storage, TimeProvider.System);
            return new Side(storage, app, new TelemetryStore(app.Services.GetRequiredService<ControlPlaneDatabase>(), new StoppedTime(), new IngestOptions { LatestSensorsMax = 4 }));
        }

        public async Task<string[]> WriteAsync(WriteRequest[] group) => [.. (await store.WriteAsync(group, Ct)).Select(outcome => outcome switch
        {
            WriteOutcome.Acknowledged done => $"{done.Ack.Watermark}:{done.Ack.Digest}:{string.Join(',', done.Ack.Refused)} {done.Stored} {done.Refused} {done.Replayed}",
            WriteOutcome.HeartbeatKept kept => $"heartbeat:{kept.Ack.ServerTime} {string.Join(',', kept.Ack.Streams)}",
            _ => $"{outcome}",
        })];

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            await storage.DisposeAsync();
        }
    }

    private sealed class StoppedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Microseconds.ToTime(TestDevice.Start);
    }
}
