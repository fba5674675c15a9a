using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Ingest.Tests;

/// <summary>A group's transaction over a wire that breaks at each message of the exchange in turn: nothing is lost and nothing is doubled.</summary>
public sealed class BrokenWireTests : IAsyncLifetime
{
    private const int MessagesMax = 400;
    private const int Readings = 20;

    private TestStorage _storage = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _storage = await TestStorage.CreateAsync(StorageKind.Server);

    public ValueTask DisposeAsync() => _storage.DisposeAsync();

    public static TheoryData<WireSender, WireFault> Faults() =>
        [.. from sender in Enum.GetValues<WireSender>() from fault in Enum.GetValues<WireFault>() select new TheoryDataRow<WireSender, WireFault>(sender, fault)];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_group_is_written_once_wherever_its_connection_breaks(WireSender sender, WireFault fault)
    {
        await using var wire = new DatabaseWire(_storage.ConnectionString);
        await using var app = await IngestHost.ReadyAsync(_storage, TimeProvider.System, ("ConnectionStrings:edgesync", wire.ConnectionString), ("Ingest:Writers", "1"));
        var commit = app.Services.GetRequiredService<GroupCommit>();
        await commit.StartAsync(Ct);
        var (struck, repeated) = (0, 0);
        for (var isOver = false; !isOver; struck++)
        {
            Assert.InRange(struck, 0, MessagesMax);
            var device = Device(struck);
            // A first batch, so that the statements are known to this connection as they are in a service that runs for long.
            await WriteAsync(commit, device, 1, 2);
            wire.Arm(sender, struck, fault);
            var done = await WriteAsync(commit, device, 1, Readings);
            isOver = wire.IsArmed;
            wire.Disarm();

            Assert.Equal((Readings, device.DigestAt(Readings)), (done.Ack.Watermark, done.Ack.Digest));
            Assert.Equal([new RefusedReading(5, ReadingRefusal.ValueNotFinite)], done.Ack.Refused);
            repeated += done.Stored == 0 ? 1 : 0;
        }

        await commit.StopAsync(Ct);
        Assert.InRange(struck, 10, MessagesMax);
        // A commit whose answer was lost was found made. One that arrived just before the connection broke may be made or not: the server may see the break first.
        if ((sender, fault) is not (WireSender.Client, WireFault.CutAfter))
        {
            Assert.Equal(sender is WireSender.Server && fault is not WireFault.Delay, repeated > 0);
        }

        Assert.Equal([$"{struck}|{Readings}|{Readings - 1}|1"], _storage.Query("SELECT count(*), min(watermark), min(stored), max(refused) FROM streams"));
        Assert.Equal(struck * (Readings - 1), _storage.Count("telemetry_data"));
        Assert.Equal(struck, _storage.Count("refusals"));
        Assert.Equal([$"{struck}|{Readings}"], _storage.Query("SELECT count(*), min(seq) FROM latest_values"));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_answers_503_and_is_found_again()
    {
        var wire = new DatabaseWire(_storage.ConnectionString);
        await using var host = await IngestHost.StartAsync(_storage, ("ConnectionStrings:edgesync", wire.ConnectionString));
        var device = Device(1);
        await host.AppendAsync(device, device.Batch(1, 10));
        await wire.DisposeAsync();

        using var telemetry = await AdvanceAsync(host, host.SendAsync(device, device.Batch(11, 20)));
        using var digests = await AdvanceAsync(host, host.PostAsync(device, Routes.TelemetryDigests, new DigestQuery(device.Epoch, [1])));
        using var status = await AdvanceAsync(host, host.GetAsync($"/v1/devices/{device.Id}/sync"));

        await telemetry.ProblemAsync(ProblemTypes.Unavailable);
        await digests.ProblemAsync(ProblemTypes.Unavailable);
        await status.ProblemAsync(ProblemTypes.Unavailable);
        Assert.NotNull(telemetry.Headers.RetryAfter);
        Assert.Equal(10, _storage.Count("telemetry_data") + _storage.Count("refusals"));
    }

    private static async Task<WriteOutcome.Acknowledged> WriteAsync(GroupCommit commit, TestDevice device, long from, long to) =>
        Assert.IsType<WriteOutcome.Acknowledged>(await commit.WriteAsync(new AppendRequest(device.Id, CheckedBatch.Of(device.Batch(from, to)), TestDevice.Start + to), Ct));

    // The waits between tries pass at once.
    private static async Task<HttpResponseMessage> AdvanceAsync(IngestHost host, Task<HttpResponseMessage> answer)
    {
        while (!answer.IsCompleted)
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        return await answer;
    }

    private static TestDevice Device(int seed)
    {
        var device = new TestDevice(seed + 1);
        for (var number = 1; number <= Readings; number++)
        {
            device.Produce(new Reading("pressure", TestDevice.Start + number, number == 5 ? double.NaN : number));
        }

        return device;
    }
}
