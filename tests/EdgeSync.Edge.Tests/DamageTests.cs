using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class DamageTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(5)]
    [InlineData(1)]
    [InlineData(10)]
    public async Task A_value_altered_at_rest_is_declared_corrupt_and_kept_aside(int number)
    {
        _world.Append(10);
        await _world.TamperAsync($"UPDATE telemetry_data SET value = 4711 WHERE seq = {number}");
        _world.Append(5, from: 10);

        await _world.SyncAsync();

        var stream = _world.Cloud.Streams.Values.Single();
        var gap = Assert.Single(stream.Gaps);
        Assert.Equal((number, number, GapReason.Corrupt), (gap.From, gap.To, gap.Reason));
        Assert.Equal(14, stream.Stored.Count);
        Assert.DoesNotContain(4711, stream.Stored.Values.Select(reading => reading.Value));
        var letter = Assert.Single(_world.Device.ReadDeadLetters(10));
        Assert.Equal((number, "corrupt"), (letter.Number, letter.Cause));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    public async Task A_digest_altered_at_rest_is_mended_and_no_reading_lost(int number)
    {
        _world.Append(10);
        await _world.TamperAsync($"UPDATE telemetry_data SET digest = zeroblob(32) WHERE seq = {number}");

        await _world.SyncAsync();

        Assert.Equal(10, _world.Cloud.StoredReadings.Count());
        Assert.Equal(0, _world.Device.Status.DeadLetters);
    }

    [Fact]
    public async Task A_missing_sensor_name_is_damage_of_its_readings_alone()
    {
        _world.Device.Append([new Reading("a", 1, 1), new Reading("b", 2, 2), new Reading("a", 3, 3)]);
        await _world.TamperAsync("DELETE FROM sensors WHERE name = 'b'");

        await _world.SyncAsync();

        Assert.Equal([1, 3], _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Theory]
    [InlineData("seq = 1", 9)]
    [InlineData("seq BETWEEN 3 AND 5", 7)]
    [InlineData("seq = 10", 9)]
    [InlineData("seq IN (2, 4, 9)", 7)]
    [InlineData("1 = 1", 0)]
    public async Task Rows_gone_from_the_file_are_declared_and_the_rest_goes_on(string where, int left)
    {
        _world.Append(10);
        await _world.TamperAsync($"DELETE FROM telemetry_data WHERE {where}");
        _world.Append(3, from: 100);

        await _world.SyncAsync();

        var stream = _world.Cloud.Streams.Values.Single();
        Assert.Equal(left + 3, stream.Stored.Count);
        Assert.Equal(13, stream.Watermark);
        Assert.All(stream.Gaps, gap => Assert.Equal(GapReason.Corrupt, gap.Reason));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Theory]
    [InlineData("seq = 1")]
    [InlineData("seq IN (1, 10)")]
    [InlineData("seq <= 9")]
    [InlineData("seq <= 10")]
    [InlineData("seq IN (1, 12)")]
    public async Task Rows_gone_after_their_answer_was_lost_are_stored_once(string where)
    {
        _world.Append(10);
        _world.Cloud.LoseAnswer = static request => request.RequestUri!.AbsolutePath == Routes.Telemetry;
        await _world.SyncAsync();
        Assert.Equal(10, _world.Cloud.StoredReadings.Count());
        _world.Cloud.LoseAnswer = static _ => false;
        _world.Append(5, from: 10);
        await _world.TamperAsync($"DELETE FROM telemetry_data WHERE {where}");
        var unsent = _world.Count("SELECT COUNT(*) FROM telemetry_data WHERE seq > 10");

        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();

        var values = _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value).ToList();
        Assert.Equal(values.Distinct().Order(), values.Order());
        Assert.Equal(10 + unsent, values.Count);
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task An_altered_row_after_a_missing_one_is_not_taken_for_whole()
    {
        _world.Append(10);
        await _world.TamperAsync("DELETE FROM telemetry_data WHERE seq = 3; UPDATE telemetry_data SET value = 4711 WHERE seq = 7");
        _world.Append(5, from: 10);

        await _world.SyncAsync();

        Assert.Equal(13, _world.Cloud.StoredReadings.Count());
        Assert.DoesNotContain(4711, _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value));
        Assert.Equal((7, "corrupt"), Assert.Single(_world.Device.ReadDeadLetters(10)) is var letter ? (letter.Number, letter.Cause) : default);
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }

    [Fact]
    public async Task An_altered_row_that_moves_to_a_new_stream_is_not_taken_for_whole()
    {
        _world.Append(10);
        await _world.SyncAsync();
        _world.CopyFile();
        _world.Append(5, from: 50);
        await _world.SyncAsync();
        await _world.RestoreCopyAsync();
        _world.Append(10, from: 100);
        await _world.TamperAsync("UPDATE telemetry_data SET value = 4711 WHERE seq = 14");

        await _world.SyncAsync();

        Assert.Equal(10 + 5 + 9, _world.Cloud.StoredReadings.Count());
        Assert.DoesNotContain(4711, _world.Cloud.StoredReadings.Select(reading => reading.Value!.Value));
        var letter = Assert.Single(_world.Device.ReadDeadLetters(10));
        Assert.Equal((_world.Device.Status.LiveEpoch, 4, "corrupt"), (letter.Epoch, letter.Number, letter.Cause));
        Assert.Equal(0, _world.Device.Status.PendingRecords);
    }
}
