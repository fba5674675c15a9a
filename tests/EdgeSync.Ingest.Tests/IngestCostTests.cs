using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

/// <summary>Nothing else of this project runs beside it: what is counted is the process's.</summary>
[CollectionDefinition(nameof(IngestCostTests), DisableParallelization = true)]
public sealed class IngestCostRun;

/// <summary>
/// What a reading costs Ingest, from a request's body to its commit on a database server, against what can never be saved: reading the same bodies and hashing each reading once. Ratios of one run, by CPU time and bytes
/// allocated and not by the clock. Measured at 2.4 to 2.7 and 1.8 on a
/// machine busy with other work. A second copy of a batch's columns is found by the bytes, and what makes the whole twice as dear by the CPU. Built for debugging, other things cost.
/// </summary>
[Collection(nameof(IngestCostTests))]
public sealed class IngestCostTests : IAsyncDisposable
{
    private const int Devices = 100;
    private const int Readings = 50;
    private const int WarmUps = 25;
    private const int Rounds = 15;
    private const double CpuMax = 4.0;
    private const double BytesMax = 2.1;

    private readonly TestDevice[] _devices = [.. Enumerable.Range(1, Devices).Select(seed => new TestDevice(seed))];
    private TestStorage? _storage;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reading_costs_ingest_little_more_than_reading_and_hashing_it()
    {
        _storage = await TestStorage.CreateAsync(StorageKind.Server);
        await using var app = await IngestHost.ReadyAsync(_storage, TimeProvider.System);
        var store = new TelemetryStore(app.Services.GetRequiredService<ControlPlaneDatabase>(), TimeProvider.System, new IngestOptions());
        var costs = new List<(Cost Floor, Cost Ingest)>();
        for (var round = 0; round < WarmUps + Rounds; round++)
        {
            var bodies = Array.ConvertAll(_devices, device => (device.Id, Body: Next(device)));
            var floor = await MeasureAsync(() =>
            {
                ReadAndHash(bodies);
                return Task.CompletedTask;
            });
            var ingest = await MeasureAsync(async () =>
            {
                var outcomes = await store.WriteAsync([.. bodies.Select(body => new AppendRequest(body.Id, CheckedBatch.Of(TelemetryCodec.DecodeProtobuf(body.Body)), TestDevice.Start))], Ct);
                Assert.All(outcomes, outcome => Assert.IsType<WriteOutcome.Acknowledged>(outcome));
            });
            costs.Add((floor, ingest));
        }

        var measured = costs.Skip(WarmUps).ToList();
        // The least of each: what is beside the work only adds to it.
        var cpu = measured.Min(cost => cost.Ingest.Microseconds) / measured.Min(cost => cost.Floor.Microseconds);
        var bytes = (double)measured.Min(cost => cost.Ingest.Bytes) / measured.Min(cost => cost.Floor.Bytes);
        var found = string.Create(CultureInfo.InvariantCulture, $"A reading costs ingest {cpu:F2} times the CPU and {bytes:F2} times the bytes of reading and hashing it; {CpuMax} and {BytesMax} at most.");
        TestContext.Current.TestOutputHelper?.WriteLine(found);
        Assert.True(cpu <= CpuMax && bytes <= BytesMax, found);
    }

    public ValueTask DisposeAsync() => _storage?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static byte[] Next(TestDevice device)
    {
        var first = device.Head + 1;
        return TelemetryCodec.EncodeProtobuf(device.Produce(Readings).Batch(first, device.Head));
    }

    private static void ReadAndHash((DeviceId Id, byte[] Body)[] bodies)
    {
        foreach (var (_, body) in bodies)
        {
            var batch = TelemetryCodec.DecodeProtobuf(body);
            var digest = batch.DigestBefore;
            for (var i = 0; i < batch.ReadingCount; i++)
            {
                digest = DigestChain.Next(digest, batch.ReadingAt(i));
            }

            Assert.Equal(batch.DigestAfter, digest);
        }
    }

    private static async Task<Cost> MeasureAsync(Func<Task> work)
    {
        var (cpu, bytes) = (Cpu(), GC.GetTotalAllocatedBytes(precise: true));
        await work();
        return new Cost((Cpu() - cpu).TotalMicroseconds, GC.GetTotalAllocatedBytes(precise: true) - bytes);

        static TimeSpan Cpu() => Environment.CpuUsage.TotalTime;
    }

    private readonly record struct Cost(double Microseconds, long Bytes);
}
