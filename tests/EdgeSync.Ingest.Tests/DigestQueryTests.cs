using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

public abstract class DigestQueryTests : IAsyncLifetime
{
    private readonly StorageKind _kind;

    private protected DigestQueryTests(StorageKind kind) => _kind = kind;

    private readonly TestDevice _device = new();
    private IngestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngestHost.StartAsync(_kind);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task Digests_are_the_devices_own_across_checkpoints_refusals_and_gaps()
    {
        await ProduceAndSendAsync();
        // As they were stored: each in two parts, since a batch ended inside it.
        (long From, long To)[] gaps = [(1_500, 1_505), (1_506, 1_510), (2_040, 2_050), (2_051, 2_100)];
        bool Inside(long number) => gaps.Any(gap => gap.From <= number && number < gap.To);

        foreach (var positions in Enumerable.Range(0, 3_201).Select(number => (long)number).Reverse().Where(number => number % 7 == 0 || number % 1_024 < 3 || number is > 1_490 and < 1_520 or > 2_030 and < 2_110).Chunk(Limits.DigestPositionsMax))
        {
            var answer = await _host.DigestsAsync(_device, positions);
            Assert.Equal(3_200, answer.Watermark);
            Assert.Equal(positions.Select(number => new PositionDigest(number, Inside(number) ? null : _device.DigestAt(number))), answer.Digests);
        }
    }

    [Fact]
    public async Task Operators_read_a_digest_that_is_recomputed_from_rows_to_the_last_number()
    {
        await ProduceAndSendAsync();
        foreach (var number in (long[])[0, 1, 1_024, 1_499, 1_510, 2_100, 3_200])
        {
            Assert.Equal(_device.DigestAt(number), await ReadAsync(number));
        }

        Assert.Null(await ReadAsync(1_502));
        Assert.Null(await ReadAsync(3_201));
        _host.Storage.Query("UPDATE telemetry_data SET value = 5 WHERE seq = 3200");
        Assert.NotEqual(_device.DigestAt(3_200), await ReadAsync(3_200));
        using var wrong = await _host.GetAsync(Path("epoch=x&at=-1"));
        Assert.Equal(["at", "epoch"], (await wrong.ProblemAsync(ProblemTypes.Validation)).Errors!.Keys.Order());
    }

    [Fact]
    public async Task Positions_above_the_watermark_have_no_digest()
    {
        _device.Produce(10);
        await _host.AppendAsync(_device, _device.Batch(1, 8));

        var answer = await _host.DigestsAsync(_device, 9, 8, 0, 8, long.MaxValue);

        Assert.Equal([null, _device.DigestAt(8), _device.DigestAt(0), _device.DigestAt(8), null], answer.Digests.Select(digest => digest.Digest));
    }

    [Fact]
    public async Task A_stream_that_was_never_seen_has_its_origin()
    {
        var answer = await _host.DigestsAsync(_device, 0, 1);

        Assert.Equal(0, answer.Watermark);
        Assert.Equal([new PositionDigest(0, _device.DigestAt(0)), new PositionDigest(1, null)], answer.Digests);
    }

    [Fact]
    public async Task Where_rows_have_expired_there_is_no_digest_until_the_next_checkpoint()
    {
        await ProduceAndSendAsync();
        _host.Storage.Query("DELETE FROM telemetry_data WHERE seq <= 1100");

        var answer = await _host.DigestsAsync(_device, 500, 1_024, 1_050, 1_200, 1_510, 1_511);

        // 1,164 is refused and 1,500 to 1,510 a gap: both bring the chain back.
        Assert.Equal([null, _device.DigestAt(1_024), null, _device.DigestAt(1_200), _device.DigestAt(1_510), _device.DigestAt(1_511)], answer.Digests.Select(digest => digest.Digest));
    }

    [Fact]
    public async Task Too_many_positions_are_refused()
    {
        using var many = await _host.PostAsync(_device, Routes.TelemetryDigests, new DigestQuery(_device.Epoch, [.. Enumerable.Range(0, 65).Select(number => (long)number)]));
        using var negative = await _host.PostAsync(_device, Routes.TelemetryDigests, new DigestQuery(_device.Epoch, [-1]));

        Assert.Contains("positions", (await many.ProblemAsync(ProblemTypes.Validation)).Errors!.Keys);
        await negative.ProblemAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task Refused_readings_are_named_after_a_number_a_page_at_a_time()
    {
        for (var number = 1; number <= 1_100; number++)
        {
            _device.Produce(new Reading("pressure", TestDevice.Start, number % 2 == 0 ? 1 : double.NaN));
        }

        await _host.AppendAsync(_device, _device.Batch(1, 1_100));

        var page = await RefusedAsync(after: 4);
        Assert.Equal(Enumerable.Range(2, Limits.DigestRefusalsMax).Select(i => new RefusedReading((2 * i) + 1, page[0].Reason)), page);
        Assert.Equal(Enumerable.Range(502, 48).Select(i => (2L * i) + 1), (await RefusedAsync(page[^1].Number)).Select(refused => refused.Number));
        Assert.Empty((await _host.DigestsAsync(_device, 1)).Refused);
    }

    [Fact]
    public async Task Refused_readings_after_a_negative_number_are_not_asked_for()
    {
        using var negative = await _host.PostAsync(_device, Routes.TelemetryDigests, new DigestQuery(_device.Epoch, [], -1));

        Assert.Contains("refusedAfter", (await negative.ProblemAsync(ProblemTypes.Validation)).Errors!.Keys);
    }

    private string Path(string query) => $"{Routes.DeviceDigests.Replace("{device}", _device.Id.ToString(), StringComparison.Ordinal)}?{query}";

    private async Task<Digest?> ReadAsync(long number)
    {
        using var response = await _host.GetAsync(Path($"epoch={_device.Epoch}&at={number}"));
        return Assert.Single((await response.ReadAsync(ProtocolJson.Default.DigestAnswer)).Digests).Digest;
    }

    private async Task<IReadOnlyList<RefusedReading>> RefusedAsync(long after)
    {
        using var response = await _host.PostAsync(_device, Routes.TelemetryDigests, new DigestQuery(_device.Epoch, [], after));
        return (await response.ReadAsync(ProtocolJson.Default.DigestAnswer)).Refused;
    }

    // Every 97th reading is refused; times run backwards and forwards.
    private async Task ProduceAndSendAsync()
    {
        for (var number = 1; number <= 3_200; number++)
        {
            var time = TestDevice.Start + (number % 50 * 1_000_000L) - number;
            _device.Produce(number % 97 == 0 ? new Reading("pressure", time, double.PositiveInfinity)
                : number % 31 == 0 ? new Reading("pressure", time, null, "[1, 2]", new EntryName(new Epoch(5), number))
                : new Reading("pressure", time, number / 3.0));
        }

        await _host.AppendAsync(_device, _device.Batch(1, 900));
        await _host.AppendAsync(_device, _device.Batch(901, 1_505, (1_500, 1_505)));
        await _host.AppendAsync(_device, _device.Batch(1_490, 2_050, (1_500, 1_510), (2_040, 2_050)));
        await _host.AppendAsync(_device, _device.Batch(2_040, 3_200, (2_040, 2_100)));
    }
}

public sealed class DigestQueriesOnSqlite() : DigestQueryTests(StorageKind.Sqlite);

public sealed class DigestQueriesOnServer() : DigestQueryTests(StorageKind.Server);
