using System.Net;
using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

public abstract class TelemetryEndpointTests : IAsyncLifetime
{
    private readonly StorageKind _kind;

    private protected TelemetryEndpointTests(StorageKind kind) => _kind = kind;

    private static readonly Digest Other = DigestChain.Origin(new DeviceId(Guid.Parse("aaaaaaaa-0000-0000-0000-000000000001")), new Epoch(1));
    private readonly TestDevice _device = new TestDevice().Produce(50);
    private IngestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngestHost.StartAsync(_kind);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task A_batch_is_stored_and_acknowledged_with_the_digest_at_the_watermark()
    {
        var ack = await _host.AppendAsync(_device, _device.Batch(1, 20));

        Assert.Equal((_device.Epoch, 20, _device.DigestAt(20), 0, TestDevice.Start), (ack.Epoch, ack.Watermark, ack.Digest, ack.IntentVersion, ack.ServerTime));
        Assert.Empty(ack.Refused);
        Assert.Equal(20, _host.Storage.Count("telemetry_data"));
        Assert.Equal([$"{_device.Id}|{_device.Epoch}|20|20|0|0"], _host.Storage.Query("SELECT device_id, epoch, watermark, stored, refused, gaps FROM streams"));
    }

    [Fact]
    public async Task Readings_are_kept_bit_for_bit()
    {
        var replayed = new EntryName(new Epoch(9), 4);
        double?[] values = [0.1, double.Epsilon, double.MaxValue, -1e-300, 1e15 + 1, Math.PI, 3, null];
        _device.Produce([.. values.Select((value, i) => new Reading($"größe {i}", 1_000 - i, value, /*lang=json*/ """{ "a" : [1.50, "é"] }""", i == 2 ? replayed : null))]);

        await _host.AppendAsync(_device, _device.Batch(1, _device.Head));

        using var connection = _host.Storage.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT sensor, recorded_at, value, payload, replay_of, received_at FROM telemetry_data WHERE seq > 50 ORDER BY seq";
        using var reader = command.ExecuteReader();
        for (var number = 51; reader.Read(); number++)
        {
            var stored = new Reading(
                reader.GetString(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetDouble(2), reader.GetString(3),
                EntryName.TryParse(reader.IsDBNull(4) ? null : reader.GetString(4), out var name) ? name : null);
            Assert.Equal(DigestChain.Canonical(_device.ReadingAt(number)), DigestChain.Canonical(stored));
            Assert.Equal(TestDevice.Start, reader.GetInt64(5));
        }
    }

    [Fact]
    public async Task A_lost_answer_costs_a_resend_and_changes_nothing()
    {
        var first = await _host.AppendAsync(_device, _device.Batch(1, 20));
        var again = await _host.AppendAsync(_device, _device.Batch(1, 20));

        Assert.Equal((first.Watermark, first.Digest), (again.Watermark, again.Digest));
        Assert.Equal(20, _host.Storage.Count("telemetry_data"));
    }

    [Fact]
    public async Task A_batch_across_the_watermark_adds_what_is_new()
    {
        await _host.AppendAsync(_device, _device.Batch(1, 20));
        var ack = await _host.AppendAsync(_device, _device.Batch(11, 30));

        Assert.Equal((30, _device.DigestAt(30)), (ack.Watermark, ack.Digest));
        Assert.Equal(Enumerable.Range(1, 30).Select(number => $"{number}"), _host.Storage.Query("SELECT seq FROM telemetry_data ORDER BY seq"));
    }

    [Fact]
    public async Task Two_appends_at_once_on_one_stream_store_each_reading_once()
    {
        var sent = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _host.SendAsync(_device, _device.Batch(1, 50))));

        Assert.All(sent, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(50, _host.Storage.Count("telemetry_data"));
    }

    [Fact]
    public async Task A_hole_is_refused_with_where_to_resume()
    {
        await _host.AppendAsync(_device, _device.Batch(1, 10));
        using var response = await _host.SendAsync(_device, _device.Batch(12, 20));

        var problem = await response.ProblemAsync(ProblemTypes.SequenceHole);
        Assert.Equal((_device.Epoch, 10, _device.DigestAt(10)), (problem.Epoch!.Value, problem.Watermark, problem.Digest!.Value));
        Assert.Equal(10, _host.Storage.Count("telemetry_data"));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(6)]
    public async Task Another_history_is_refused_with_what_is_stored(long from)
    {
        await _host.AppendAsync(_device, _device.Batch(1, 10));
        using var response = await _host.SendAsync(_device, _device.Batch(from, 20).With(before: Other));

        var problem = await response.ProblemAsync(ProblemTypes.DigestMismatch);
        Assert.Equal((10, _device.DigestAt(10)), (problem.Watermark, problem.Digest!.Value));
        Assert.Equal(10, _host.Storage.Count("telemetry_data"));
    }

    [Fact]
    public async Task An_altered_reading_is_refused_and_its_declared_loss_taken()
    {
        await _host.AppendAsync(_device, _device.Batch(1, 10));
        using var response = await _host.SendAsync(_device, _device.Batch(11, 20).With(firstValue: -1));
        var problem = await response.ProblemAsync(ProblemTypes.ContentMismatch);
        var ack = await _host.AppendAsync(_device, _device.Batch(11, 20, (11, 11)));

        Assert.Equal(10, problem.Watermark);
        Assert.Equal((20, _device.DigestAt(20)), (ack.Watermark, ack.Digest));
        Assert.Equal(["11|11|retention"], _host.Storage.Query("SELECT from_seq, to_seq, reason FROM gaps"));
    }

    [Fact]
    public async Task Refused_readings_are_named_in_every_answer_to_their_batch()
    {
        _device.Produce(new Reading("temperature", 1, double.NaN), new Reading("temperature", 2, null, "{no json"), new Reading("temperature", 3, 1));
        var first = await _host.AppendAsync(_device, _device.Batch(1, 53));
        var again = await _host.AppendAsync(_device, _device.Batch(52, 53));

        Assert.Equal([new RefusedReading(51, ReadingRefusal.ValueNotFinite), new RefusedReading(52, ReadingRefusal.PayloadNotJson)], first.Refused);
        Assert.Equal([new RefusedReading(52, ReadingRefusal.PayloadNotJson)], again.Refused);
        Assert.Equal(["51|value-not-finite", "52|payload-not-json"], _host.Storage.Query("SELECT seq, reason FROM refusals ORDER BY seq"));
        Assert.Equal(["53|51|2|0"], _host.Storage.Query("SELECT watermark, stored, refused, gaps FROM streams"));
    }

    [Fact]
    public async Task A_nul_character_is_refused_alone_and_its_escape_is_kept()
    {
        _device.Produce(new Reading("a\0b", 1, 1), new Reading("c", 2, null, "\"\0\""), new Reading("c", 3, null, /*lang=json*/ "\"\\u0000\""));
        var ack = await _host.AppendAsync(_device, _device.Batch(1, 53));

        Assert.Equal([new RefusedReading(51, ReadingRefusal.SensorInvalid), new RefusedReading(52, ReadingRefusal.PayloadNotJson)], ack.Refused);
        Assert.Equal(["\"\\u0000\""], _host.Storage.Query("SELECT payload FROM telemetry_data WHERE seq > 50"));
    }

    [Theory]
    [InlineData("\"temperature\"", "\"\\ud800\"")]
    [InlineData("\"temperature\"", "\"\\udc00x\"")]
    public async Task Half_a_surrogate_pair_is_no_text(string text, string half)
    {
        var batch = _device.Batch(1, 20);
        var body = TelemetryCodec.EncodeJson(batch).Replace(text, half, StringComparison.Ordinal);
        using var response = await _host.SendAsync(_device, Encoding.UTF8.GetBytes(body), Headers.JsonMediaType, BatchHeader.Of(batch, Lane.Live).ToString());

        await response.ProblemAsync(ProblemTypes.MalformedBody);
        Assert.Equal(20, (await _host.AppendAsync(_device, batch)).Watermark);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    public async Task A_message_of_an_earlier_run_is_refused_with_the_newest_boot(long number, long nonce)
    {
        _device.Boot = new Boot(5, 1);
        await _host.AppendAsync(_device, _device.Batch(1, 10));
        _device.Boot = new Boot(number, nonce);
        using var response = await _host.SendAsync(_device, _device.Batch(11, 20));

        Assert.Equal(5, (await response.ProblemAsync(ProblemTypes.StaleBoot)).Boot);
        Assert.Equal(10, _host.Storage.Count("telemetry_data"));
    }

    [Fact]
    public async Task A_refused_batch_does_not_make_its_boot_the_newest()
    {
        await _host.AppendAsync(_device, _device.Batch(1, 10));
        _device.Boot = new Boot(9, 9);
        using var response = await _host.SendAsync(_device, _device.Batch(12, 20));

        await response.ProblemAsync(ProblemTypes.SequenceHole);
        Assert.Equal(["1|7777"], _host.Storage.Query("SELECT boot, nonce FROM sync_status"));
    }

    [Theory]
    [InlineData(30_000_000, 0)]
    [InlineData(30_000_001, 1)]
    [InlineData(-30_000_001, 1)]
    public async Task A_clock_that_is_off_is_stored_with_its_batch(long offset, int stored)
    {
        await _host.AppendAsync(_device, _device.Batch(1, 10));
        _device.SentAt = TestDevice.Start + offset;
        await _host.AppendAsync(_device, _device.Batch(6, 20));

        Assert.Equal(Enumerable.Repeat($"11|20|{offset}", stored), _host.Storage.Query("SELECT first_seq, last_seq, offset_us FROM clock_offsets"));
        Assert.Equal([$"{offset}"], _host.Storage.Query("SELECT clock_offset_us FROM sync_status"));
    }

    [Fact]
    public async Task The_ack_carries_the_intent_version()
    {
        _host.Storage.Query($"INSERT INTO device_hints (device_id, intent_version) VALUES ('{_device.Id}', 42)");

        Assert.Equal(42, (await _host.AppendAsync(_device, _device.Batch(1, 1))).IntentVersion);
    }

    [Fact]
    public async Task Devices_and_epochs_have_streams_of_their_own()
    {
        var other = new TestDevice(2).Produce(5);
        var later = new TestDevice(3) { Id = _device.Id }.Produce(7);

        await _host.AppendAsync(_device, _device.Batch(1, 10));
        await _host.AppendAsync(other, other.Batch(1, 5));
        await _host.AppendAsync(later, later.Batch(1, 7));

        Assert.Equal(["10", "5", "7"], _host.Storage.Query("SELECT watermark FROM streams ORDER BY epoch").Order());
    }

    [Fact]
    public async Task A_service_that_starts_again_goes_on_where_it_was()
    {
        await _host.AppendAsync(_device, _device.Batch(1, 20));
        await _host.StopAsync();
        _host = await IngestHost.StartAsync(_host.Storage);

        var ack = await _host.AppendAsync(_device, _device.Batch(21, 40));

        Assert.Equal((40, _device.DigestAt(40)), (ack.Watermark, ack.Digest));
        Assert.Equal(40, _host.Storage.Count("telemetry_data"));
    }
}

public sealed class TelemetryEndpointsOnSqlite() : TelemetryEndpointTests(StorageKind.Sqlite);

public sealed class TelemetryEndpointsOnServer() : TelemetryEndpointTests(StorageKind.Server);
