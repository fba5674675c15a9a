using System.Text.Json;
using CsCheck;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Edge.Tests;

public sealed class StreamVerificationTests : IAsyncDisposable
{
    private const int Count = 3_000;

    private readonly EdgeWorld _world = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private StreamDouble Stream => _world.Cloud.Streams.Values.Single();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_resync_of_what_is_alike_says_so()
    {
        await AppendAsync();

        var result = await ResyncAsync();

        Assert.Equal((Count, 0, 0), (result.Verified, result.Damaged, _world.Cloud.Repairs.Count));
        Assert.Contains("verified", _world.Device.ReadSyncLog(3).Select(line => line.Event));
    }

    [Fact]
    public async Task What_is_damaged_in_the_control_plane_is_sent_and_what_is_damaged_on_the_device_is_fetched()
    {
        await AppendAsync();
        var whole = Stream.Stored.ToDictionary();
        Stream.Stored[1_500] = Stream.Stored[1_500] with { Value = 4711 };
        Stream.Stored.Remove(3_000);
        await _world.TamperAsync("UPDATE telemetry_data SET value = 4711 WHERE seq = 7; DELETE FROM telemetry_data WHERE seq IN (2000, 2001, 2002); UPDATE telemetry_data SET digest = zeroblob(32) WHERE seq = 2500; UPDATE telemetry_data SET recorded_at = 1 WHERE seq = 3000");

        // The last row is lost on one side and altered on the other. Row 2003 is whole, but only those before it prove that.
        var result = await ResyncAsync();

        Assert.Equal((1, 5, 1), (result.Repaired, result.Fetched, result.Unrepairable));
        Assert.True(whole.Where(pair => pair.Key != 3_000).All(pair => Stream.Stored[pair.Key] == pair.Value));
        Assert.Equal(0, _world.Count("SELECT COUNT(*) FROM telemetry_data WHERE value = 4711"));
        Assert.Equal(Count, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
        Assert.Equal((0, 0), (await ResyncAsync() is var again ? (again.Repaired, again.Fetched) : default));
    }

    [Fact]
    public async Task A_sensors_name_that_was_lost_comes_back_with_its_readings()
    {
        _world.Device.Append([new Reading("a", 1, 1), new Reading("b", 2, 2), new Reading("a", 3, 3), new Reading("b", 4, 4)]);
        await _world.SyncAsync();
        await _world.TamperAsync("DELETE FROM sensors WHERE name = 'b'");

        var result = await ResyncAsync();

        Assert.Equal((2, 0), (result.Fetched, result.Unrepairable));
        Assert.Equal((0, 4), (await ResyncAsync() is var again ? (again.Fetched, again.Verified) : default));
    }

    [Fact]
    public async Task Refused_and_given_up_numbers_are_no_damage()
    {
        _world.Cloud.Refuse = static reading => reading.Value == 5 ? ReadingRefusal.Empty : ReadingRefusal.None;
        _world.Append(10);
        await _world.TamperAsync("UPDATE telemetry_data SET value = 4711 WHERE seq = 3; DELETE FROM telemetry_data WHERE seq = 8");
        await _world.SyncAsync();

        var result = await ResyncAsync();

        Assert.Equal((10, 0), (result.Verified, result.Damaged));
    }

    [Fact]
    public async Task Damage_that_a_heartbeat_tells_of_is_mended_by_itself_and_looked_at_once()
    {
        await AppendAsync();
        Stream.Stored.Remove(2_050);
        _world.Cloud.Damaged[_world.Device.Status.LiveEpoch] = new NumberRange(2_049, 3_000);

        await BeatAsync();
        await BeatAsync();

        Assert.True(Stream.Stored.ContainsKey(2_050));
        Assert.All(_world.Cloud.Requests.Where(request => request.Contains("verify", StringComparison.Ordinal)).Skip(2), request => Assert.Fail(request));
        // The rows are alike, and yet it tells of damage: the digests of its own are held against the device's.
        _world.Cloud.Damaged[_world.Device.Status.LiveEpoch] = new NumberRange(1_025, 2_048);
        await BeatAsync();
        Assert.Equal([1_024, 2_048, 3_000], _world.Cloud.Repairs[^1].Witnesses.Select(witness => witness.Position).Order());
    }

    [Fact]
    public async Task Expired_readings_are_left_alone()
    {
        await AppendAsync();
        Stream.Floor = 1_024;
        Stream.Stored.Remove(5);

        var result = await ResyncAsync();

        Assert.Equal((Count - 1_024, 0), (result.Verified, result.Damaged));
    }

    [Fact]
    public async Task A_network_that_fails_between_two_questions_costs_time_and_nothing_else()
    {
        await AppendAsync();
        Stream.Stored.Remove(77);
        var asked = 0;
        _world.Cloud.LoseAnswer = request => request.RequestUri!.AbsolutePath.StartsWith("/v1/telemetry/", StringComparison.Ordinal) && ++asked % 2 == 1;

        var result = await ResyncAsync(() => _world.Time.Advance(_world.Options.BackoffMax));

        Assert.True(Stream.Stored.ContainsKey(77));
        Assert.Equal(0, result.Unrepairable);
        Assert.Equal((Count, 0), (await ResyncAsync() is var again ? (again.Verified, again.Damaged) : default));
    }

    [Fact]
    public async Task A_control_plane_that_knows_nothing_of_it_fails_the_command_and_holds_up_nothing()
    {
        await AppendAsync();
        _world.Cloud.Before = static request => request.RequestUri!.AbsolutePath == Routes.TelemetryVerify ? ControlPlaneDouble.Answer(ProblemTypes.NotFound.With("nothing here")) : null;

        var end = await RunAsync(static () => { });

        Assert.Equal((CommandOutcome.Failed, "Not everything was verified (not-found): nothing here"), (end.Outcome, end.Error));
        Assert.Equal(ReasonCodes.Ok, _world.Device.Status.Reason);
    }

    [Fact]
    public async Task Random_damage_on_either_side_heals_to_the_same_rows()
    {
        await AppendAsync();
        var whole = Stream.Stored.ToDictionary();
        await Gen.Select(Gen.Int[1, Count - 40], Gen.Int[0, 30], Gen.Int[0, 3]).Array[1, 4].SampleAsync(
            async damages =>
            {
                var damaged = new HashSet<long>();
                foreach (var (first, length, kind) in damages)
                {
                    // What is lost on both sides is lost.
                    foreach (var number in Enumerable.Range(first, length + 1).Select(number => (long)number).Where(damaged.Add))
                    {
                        switch (kind)
                        {
                            case 0:
                                Stream.Stored.Remove(number);
                                break;
                            case 1:
                                Stream.Stored[number] = Stream.Stored[number] with { Sensor = "other" };
                                break;
                            case 2:
                                _world.Execute($"DELETE FROM telemetry_data WHERE seq = {number}");
                                break;
                            default:
                                _world.Execute($"UPDATE telemetry_data SET payload = '[1]' WHERE seq = {number}");
                                break;
                        }
                    }
                }

                Assert.Equal(0, (await ResyncAsync()).Unrepairable);
                Assert.Equal((Count, 0), (await ResyncAsync() is var again ? (again.Verified, again.Damaged) : default));
                Assert.Equal(whole.OrderBy(pair => pair.Key), Stream.Stored.OrderBy(pair => pair.Key));
            },
            iter: 6, threads: 1);
    }

    [Fact]
    public async Task A_receipt_is_kept_when_the_fleet_says_what_the_device_knows()
    {
        using var fleet = new TestPki();
        using var stranger = new TestPki();
        var roots = Path.Combine(Path.GetDirectoryName(_world.Options.DatabasePath)!, "ca.pem");
        await File.WriteAllTextAsync(roots, fleet.Root.ExportCertificatePem(), Ct);
        _world.Options = _world.Options with { ReceiptInterval = TimeSpan.FromHours(1), AuthoritiesPath = roots };
        await _world.RestartAsync();
        string Sign(TestPki by, DurabilityReceipt receipt) => FleetStatement.Sign(
            DurabilityReceipt.StatementType, JsonSerializer.SerializeToUtf8Bytes(receipt, ProtocolJson.Default.DurabilityReceipt), by.Issue(new TestCertificate { Usage = DurabilityReceipt.SignerUsage }), [], TimeProvider.System.GetUtcNow());

        // Of another fleet, of other numbers, of another device: none is kept, and it does not ask on and on.
        DurabilityReceipt? said = null;
        foreach (var wrong in (Func<DurabilityReceipt, string>[])
            [
                receipt => Sign(stranger, receipt),
                receipt => Sign(fleet, receipt with { To = receipt.To - 1 }),
                receipt => Sign(fleet, receipt with { Device = new DeviceId(Guid.NewGuid()) }),
                receipt => "not.a.receipt",
            ])
        {
            _world.Cloud.Sign = wrong;
            _world.Append(3);
            await _world.SyncAsync();
            await _world.SyncAsync();
            Assert.Empty(_world.Device.ReadReceipts());
            _world.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(4, _world.Cloud.Requests.Count(request => request.EndsWith(Routes.TelemetryReceipts, StringComparison.Ordinal)));
        _world.Cloud.Sign = receipt => Sign(fleet, said = receipt);
        await _world.SyncAsync();
        var kept = Assert.Single(_world.Device.ReadReceipts());
        Assert.Equal((said!.To, said.Digest, 12), (kept.To, kept.Digest, kept.To));
        _world.Append(1);
        await _world.SyncAsync();
        await _world.RestartAsync();
        await _world.SyncAsync();
        Assert.Single(_world.Device.ReadReceipts());
        Assert.Equal(1, (await ResyncAsync()).Receipts);
        Assert.Equal(13, _world.Device.ReadReceipts()[0].To);
    }

    private async Task AppendAsync()
    {
        _world.Append(Count);
        await _world.SyncAsync();
        Assert.Equal(Count, Stream.Stored.Count);
    }

    private async Task BeatAsync()
    {
        _world.Time.Advance(_world.Options.HeartbeatInterval);
        for (var pass = 0; pass < 10; pass++)
        {
            await _world.SyncAsync();
        }
    }

    private async Task<Result> ResyncAsync(Action? between = null)
    {
        var end = await RunAsync(between ?? (static () => { }));
        Assert.True(end.Outcome == CommandOutcome.Succeeded, end.Error);
        return JsonSerializer.Deserialize<Result>(end.Result!.Value.Text, JsonSerializerOptions.Web)!;
    }

    private async Task<CommandResult> RunAsync(Action between)
    {
        var id = _world.Cloud.Commands.Create("resync");
        _world.Cloud.IntentVersion++;
        _world.Device.Parts.Agent.NoteIntent(_world.Cloud.IntentVersion);
        await _world.SyncAsync();
        var running = _world.Device.Parts.Runner.RunOneAsync(_world.Device.Parts.Commands.BeginNext(_world.Device.Status.Boot.Number)!, Ct);
        for (var pass = 0; pass < 200 && !running.IsCompleted; pass++)
        {
            await _world.SyncAsync();
            between();
        }

        await running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Ct);
        _world.Cloud.LoseAnswer = static _ => false;
        await _world.SyncAsync();
        return Assert.Single(_world.Cloud.Commands.Results, result => result.Id == id);
    }

    private sealed record Result(long Verified, long Damaged, long Repaired, long Fetched, long Unrepairable, int Receipts, long Bytes);
}
