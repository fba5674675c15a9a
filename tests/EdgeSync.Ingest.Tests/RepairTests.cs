using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

/// <summary>Damage at rest is found by digests and mended by what the device has, to the last column.</summary>
public abstract class RepairTests : IAsyncLifetime
{
    private const string Columns = "device_id, recorded_at, epoch, seq, sensor, value, payload, replay_of, received_at";
    private const int Produced = 3_200;
    private static readonly (long From, long To) Gap = (1_500, 1_510);

    private readonly StorageKind _kind;
    private readonly TestDevice _device = new();
    private IngestHost _host = null!;
    private RepairDriver _driver = null!;

    private protected RepairTests(StorageKind kind) => _kind = kind;

    public static TheoryData<string, long[]> Damages => new()
    {
        { "UPDATE telemetry_data SET recorded_at = recorded_at + 3 WHERE seq = 1600", [1_600] },
        { "UPDATE telemetry_data SET recorded_at = 4102444800000000 WHERE seq = 1600", [1_600] },
        { "UPDATE telemetry_data SET recorded_at = -5 WHERE seq IN (1, 1024, 1025, 3200)", [1, 1_024, 1_025, 3_200] },
        { "UPDATE telemetry_data SET sensor = 'pressurf' WHERE seq = 1600", [1_600] },
        { "UPDATE telemetry_data SET value = value + 0.5 WHERE seq = 1600", [1_600] },
        { "UPDATE telemetry_data SET value = NULL WHERE seq IN (7, 3199)", [7, 3_199] },
        { "UPDATE telemetry_data SET payload = '[1, 3]' WHERE seq = 1643", [1_643] },
        { "UPDATE telemetry_data SET payload = NULL, value = 1 WHERE seq = 1643", [1_643] },
        { "UPDATE telemetry_data SET replay_of = NULL WHERE seq = 1643", [1_643] },
        { "UPDATE telemetry_data SET replay_of = 'nonsense' WHERE seq = 1643", [1_643] },
        { "DELETE FROM telemetry_data WHERE seq BETWEEN 1020 AND 1030", [1_020, 1_021, 1_022, 1_023, 1_024, 1_025, 1_026, 1_027, 1_028, 1_029, 1_030] },
        { $"INSERT INTO telemetry_data ({Columns}) SELECT device_id, recorded_at + 1, epoch, seq, sensor, value, payload, replay_of, received_at FROM telemetry_data WHERE seq = 1600", [1_600] },
        { $"UPDATE telemetry_data SET value = 5 WHERE seq = 1601; INSERT INTO telemetry_data ({Columns}) SELECT device_id, 7, epoch, seq, sensor, value, payload, replay_of, received_at FROM telemetry_data WHERE seq IN (1600, 1601)", [1_601] },
        { "UPDATE telemetry_data SET received_at = 5, value = 5 WHERE seq = 1600", [1_600] },
        { "DELETE FROM refusals WHERE seq = 1552", [1_552] },
        { "DELETE FROM gaps", [1_500, 1_501, 1_502, 1_503, 1_504, 1_505, 1_506, 1_507, 1_508, 1_509, 1_510] },
    };

    public async ValueTask InitializeAsync()
    {
        _host = await IngestHost.StartAsync(_kind, ("Ingest:VerificationRows", "0"));
        _driver = new RepairDriver(_host, _device) { Gaps = [Gap] };
        // Every 97th reading is refused; times run backwards and forwards.
        for (var number = 1; number <= Produced; number++)
        {
            var time = TestDevice.Start + (number % 50 * 1_000_000L) - number;
            _device.Produce(number % 97 == 0 ? new Reading("", time, number)
                : number % 31 == 0 ? new Reading("pressure", time, null, "[1, 2]", new EntryName(new Epoch(5), number))
                : new Reading("pressure", time, number / 3.0));
        }

        await _host.AppendAsync(_device, _device.Batch(1, Produced, Gap));
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task Damage_to_any_column_is_found_and_mended_without_a_second_row()
    {
        var whole = _host.Storage.Dump();
        Assert.Empty(await _driver.FindAsync(1, Produced));
        foreach (var (sql, numbers) in Damages.Select(row => row.Data))
        {
            _host.Storage.Query(sql);
            Assert.True(whole != _host.Storage.Dump(), sql);

            var found = await _driver.FindAsync(1, Produced);
            Assert.True(numbers.SequenceEqual(found), $"{sql}: {string.Join(',', found)}");
            await _driver.RepairAsync(numbers);

            Assert.True(whole == _host.Storage.Dump(), sql);
            Assert.Equal(0, (await _driver.RepairAsync(numbers)).Replaced);
        }
    }

    [Fact]
    public async Task Random_damage_to_random_rows_heals_to_what_was()
    {
        var whole = _host.Storage.Dump();
        string[] damages =
        [
            "UPDATE telemetry_data SET recorded_at = recorded_at + 1000003 WHERE seq % {0} = {1}",
            "UPDATE telemetry_data SET value = 4711 WHERE seq % {0} = {1}",
            "UPDATE telemetry_data SET sensor = 'other', payload = '1' WHERE seq % {0} = {1}",
            "DELETE FROM telemetry_data WHERE seq % {0} = {1}",
            "INSERT INTO telemetry_data (" + Columns + ") SELECT device_id, recorded_at + 11, epoch, seq, sensor, value, payload, replay_of, received_at FROM telemetry_data WHERE seq % {0} = {1}",
        ];
        await Gen.Select(Gen.Int[0, damages.Length - 1], Gen.Int[300, 1_500], Gen.Int[0, 1_500]).Array[1, 3].SampleAsync(
            async drawn =>
            {
                foreach (var (kind, step, offset) in drawn)
                {
                    _host.Storage.Query(string.Format(System.Globalization.CultureInfo.InvariantCulture, damages[kind], step, offset % step));
                }

                await _driver.HealAsync(1, Produced);
                Assert.Equal(whole, _host.Storage.Dump());
            },
            iter: 5, threads: 1);
    }

    [Fact]
    public async Task Expired_readings_are_not_brought_back_and_nothing_beyond_the_watermark_is_stored()
    {
        _host.Storage.Query($"DELETE FROM telemetry_data WHERE seq <= 1024; UPDATE streams SET floor_seq = 1024, expired = {_host.Storage.Query("SELECT count(*) FROM telemetry_data WHERE seq <= 1024").Single()}");
        _device.Produce(5);
        var before = _host.Storage.Dump();

        Assert.Equal(0, (await _driver.RepairAsync(5, 1_000, 1_024, Produced + 1, Produced + 5)).Replaced);

        Assert.Equal(before, _host.Storage.Dump());
        var answer = await _driver.VerifyAsync(new VerifyRange(1_025, Produced, 1), new VerifyRange(1, 1_024, 3));
        Assert.Equal((1_024, Produced), (answer.Floor, answer.Watermark));
    }

    // Before a gap, before a refusal, between two refusals, and where the chain goes on to the block's end.
    [Fact]
    public async Task What_does_not_restore_the_acknowledged_chain_changes_nothing()
    {
        var other = new TestDevice { Id = _device.Id, Epoch = _device.Epoch };
        for (var number = 1; number <= Produced; number++)
        {
            other.Produce(_device.ReadingAt(number) with { Value = 5 });
        }

        foreach (var altered in (long[])[1_499, 1_551, 1_600, 2_047])
        {
            _host.Storage.Query($"DELETE FROM telemetry_data WHERE seq = {altered}");
            var damaged = _host.Storage.Dump();

            using var refused = await _driver.SendAsync(new TelemetryRepair(
                _device.Epoch, [other.Batch(altered, altered)], [new PositionDigest(2_048, other.DigestAt(2_048)), new PositionDigest(Produced, other.DigestAt(Produced))]));

            await refused.ProblemAsync(ProblemTypes.ContentMismatch);
            Assert.Equal(damaged, _host.Storage.Dump());
            await _driver.RepairAsync(altered);
        }
    }

    [Fact]
    public async Task Blocks_are_mended_apart()
    {
        var whole = _host.Storage.Dump();
        _host.Storage.Query("DELETE FROM telemetry_data WHERE seq IN (10, 1600)");

        var answer = await _driver.RepairAsync(10, 1_601);

        Assert.Equal((1, new NumberRange(1_025, 2_048)), (answer.Replaced, Assert.Single(answer.Refused)));
        await _driver.RepairAsync(1_600);
        Assert.Equal(whole, _host.Storage.Dump());
    }

    [Fact]
    public async Task A_damaged_digest_of_the_control_planes_own_is_mended_where_rows_and_device_agree()
    {
        await RequireMendedAsync("UPDATE streams SET digest = '{0}'", Produced);
        await RequireMendedAsync("UPDATE checkpoints SET digest = '{0}' WHERE seq = 2048", 2_048);
    }

    private async Task RequireMendedAsync(string sql, long number)
    {
        var whole = _host.Storage.Dump();
        _host.Storage.Query(sql.Replace("'{0}'", _kind is StorageKind.Server ? $"'\\x{new string('a', 64)}'" : $"x'{new string('a', 64)}'", StringComparison.Ordinal));
        Assert.NotEqual(whole, _host.Storage.Dump());

        Assert.Equal(1, (await ReadAsync(_driver.Repair([], _driver.Witness(number)))).Replaced);

        Assert.Equal(whole, _host.Storage.Dump());
        using var lie = await _driver.SendAsync(_driver.Repair([], new PositionDigest(number, _device.DigestAt(1))));
        Assert.Equal(whole, _host.Storage.Dump());
    }

    [Fact]
    public async Task A_refusals_and_a_gaps_damaged_digest_are_mended_by_what_the_device_sends()
    {
        var whole = _host.Storage.Dump();
        var damaged = _kind is StorageKind.Server ? $"'\\x{new string('b', 64)}'" : $"x'{new string('b', 64)}'";
        _host.Storage.Query($"UPDATE refusals SET digest = {damaged} WHERE seq = 1552; UPDATE gaps SET digest_after = {damaged}");

        await _driver.RepairAsync(1_505, 1_552);

        Assert.Equal(whole, _host.Storage.Dump());
    }

    [Fact]
    public async Task A_sensors_newest_reading_is_mended_with_its_row()
    {
        _host.Storage.Query("UPDATE telemetry_data SET value = 5 WHERE seq = 3200; UPDATE latest_values SET value = 5");

        await _driver.RepairAsync(3_200);

        Assert.Equal(["3200"], _host.Storage.Query($"SELECT seq FROM latest_values WHERE value > {Produced / 3.0 - 0.01:R}"));
    }

    [Fact]
    public async Task A_device_reads_its_own_rows_back()
    {
        using var response = await _host.PostAsync(_device, Routes.TelemetryRows, new RowsQuery(_device.Epoch, [new NumberRange(1_023, 1_026), new NumberRange(1_498, 1_512)]));

        var answer = await response.ReadAsync(ProtocolJson.Default.RowsAnswer);

        Assert.Equal([1_023L, 1_024, 1_025, 1_026, 1_498, 1_499, 1_511, 1_512], answer.Readings.Select(reading => reading.Number));
        Assert.All(answer.Readings, reading => Assert.Equal(_device.ReadingAt(reading.Number), reading.ToReading()));
    }

    [Fact]
    public async Task Too_much_at_once_is_refused()
    {
        using var ranges = await _host.PostAsync(_device, Routes.TelemetryVerify, new VerifyQuery(_device.Epoch, [.. Enumerable.Repeat(new VerifyRange(1, 1, 1), 65)]));
        using var numbers = await _host.PostAsync(_device, Routes.TelemetryVerify, new VerifyQuery(_device.Epoch, [new VerifyRange(1, 65_530, 1), new VerifyRange(1, 7, 1)]));
        using var around = await _host.PostAsync(_device, Routes.TelemetryVerify, new VerifyQuery(_device.Epoch, [new VerifyRange(1, long.MaxValue, 1), new VerifyRange(1, long.MaxValue, 1)]));
        using var parts = await _host.PostAsync(_device, Routes.TelemetryVerify, new VerifyQuery(_device.Epoch, [new VerifyRange(1, 9, 65)]));
        using var rows = await _host.PostAsync(_device, Routes.TelemetryRows, new RowsQuery(_device.Epoch, [new NumberRange(1, 101)]));
        using var blocks = await _driver.SendAsync(_driver.Repair([1, 1_025, 2_049, 3_100, 3_073 + 0, 1]));
        using var many = await _driver.SendAsync(_driver.Repair(Enumerable.Range(0, 4).Select(block => (block * 1_024L) + 1)));

        foreach (var refused in (HttpResponseMessage[])[ranges, numbers, around, parts, rows])
        {
            await refused.ProblemAsync(ProblemTypes.Validation);
        }

        Assert.True(blocks.IsSuccessStatusCode && many.IsSuccessStatusCode);
    }

    private async Task<RepairAnswer> ReadAsync(TelemetryRepair repair)
    {
        using var response = await _driver.SendAsync(repair);
        return await response.ReadAsync(ProtocolJson.Default.RepairAnswer);
    }
}

public sealed class RepairsOnSqlite() : RepairTests(StorageKind.Sqlite);

public sealed class RepairsOnServer() : RepairTests(StorageKind.Server);
