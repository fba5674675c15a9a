using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>The audit can fail: whatever is damaged behind the system's back, it names it.</summary>
[Collection("finished run")]
public sealed class AuditTests(FinishedRun run)
{
    [Fact]
    public void An_undamaged_copy_passes_and_its_ledger_adds_up()
    {
        using var copy = run.Copy();

        var audit = copy.Audit();

        Assert.True(audit.Passed, string.Join('\n', audit.Differences));
        Assert.Equal(audit.Produced, audit.Stored + audit.Refused + audit.Dropped + audit.Expired + audit.Pending);
        Assert.Equal(copy.Query<long>("SELECT count(*) FROM telemetry_data"), audit.Stored);
    }

    [Theory]
    [InlineData("UPDATE receipts SET statement = statement || 'A'", "was not signed by this fleet")]
    [InlineData("UPDATE receipts SET to_seq = to_seq + 1", "was signed for device")]
    [InlineData("UPDATE telemetry_data SET digest = zeroblob(32)", "the device's own chain 0000")]
    public void A_receipt_that_does_not_hold_is_named(string damage, string said)
    {
        using var copy = run.Copy();
        Assert.True(copy.Audit() is { Receipts: > 0, ReceiptsWrong: 0 });
        copy.Damage(damage, copy.Folder.Device(copy.VictimNumber));

        var audit = copy.Audit();

        Assert.Equal(1, audit.ReceiptsWrong);
        Assert.Contains(audit.Differences, sentence => sentence.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void A_receipt_for_what_the_control_plane_cannot_show_any_more_fails()
    {
        using var copy = run.Copy();
        copy.Damage("DELETE FROM telemetry_data WHERE device_id = @Device AND epoch = @Epoch");

        Assert.Equal(1, copy.Audit().ReceiptsWrong);
    }

    [Fact]
    public async Task A_removed_row_is_lost()
    {
        using var copy = run.Copy();
        copy.Damage("DELETE FROM telemetry_data WHERE device_id = @Device AND epoch = @Epoch AND seq = @Number");

        var audit = copy.Audit();

        Assert.Equal((1L, 0L, 0L), (audit.Lost, audit.Duplicated, audit.Altered));
        Assert.Contains(audit.Differences, sentence => sentence.StartsWith($"{copy.VictimName}: {copy.Victim.Sensor} ", StringComparison.Ordinal) && sentence.EndsWith("is nowhere", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.AuditFailed, (await copy.AuditVerbAsync()).ExitCode);
    }

    [Fact]
    public async Task A_row_doubled_under_a_free_number_is_a_duplicate()
    {
        using var copy = run.Copy();
        copy.Damage("""
            INSERT INTO telemetry_data (device_id, recorded_at, epoch, seq, sensor, value, payload, replay_of, received_at)
            SELECT device_id, recorded_at, epoch, (SELECT watermark + 1 FROM streams WHERE device_id = @Device AND epoch = @Epoch), sensor, value, payload, replay_of, received_at
            FROM telemetry_data WHERE device_id = @Device AND epoch = @Epoch AND seq = @Number
            """);

        var audit = copy.Audit();

        Assert.Equal((0L, 1L, 0L), (audit.Lost, audit.Duplicated, audit.Altered));
        Assert.Contains(audit.Differences, sentence => sentence.Contains($"is stored 2 times, first as {copy.Victim.Epoch}:{copy.Victim.Number}", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.AuditFailed, (await copy.AuditVerbAsync()).ExitCode);
    }

    [Fact]
    public async Task A_row_doubled_in_another_stream_is_a_duplicate()
    {
        using var copy = run.Copy();
        copy.Damage("""
            INSERT INTO telemetry_data (device_id, recorded_at, epoch, seq, sensor, value, payload, replay_of, received_at)
            SELECT device_id, recorded_at, 4711, 1, sensor, value, payload, replay_of, received_at
            FROM telemetry_data WHERE device_id = @Device AND epoch = @Epoch AND seq = @Number
            """);

        var audit = copy.Audit();

        Assert.Equal(1, audit.Duplicated);
        Assert.Contains(audit.Differences, sentence => sentence.Contains("stream 4711", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.AuditFailed, (await copy.AuditVerbAsync()).ExitCode);
    }

    [Theory]
    [InlineData("value = value + 1e-9")]
    [InlineData("value = NULL, payload = '{}'")]
    [InlineData("payload = '{}'")]
    public async Task A_changed_reading_is_altered(string change)
    {
        using var copy = run.Copy();
        copy.Damage($"UPDATE telemetry_data SET {change} WHERE device_id = @Device AND epoch = @Epoch AND seq = @Number");

        var audit = copy.Audit();

        Assert.Equal((0L, 0L, 1L), (audit.Lost, audit.Duplicated, audit.Altered));
        Assert.Contains(audit.Differences, sentence => sentence.StartsWith($"{copy.VictimName}: stored ", StringComparison.Ordinal) && sentence.Contains("produced", StringComparison.Ordinal));
        Assert.Contains(audit.Differences, sentence => sentence.Contains("the digest over its rows is not the one acknowledged", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.AuditFailed, (await copy.AuditVerbAsync()).ExitCode);
    }

    [Fact]
    public void A_changed_time_is_a_lost_reading_and_one_that_was_never_produced()
    {
        using var copy = run.Copy();
        copy.Damage("UPDATE telemetry_data SET recorded_at = recorded_at + 86400000000 WHERE device_id = @Device AND epoch = @Epoch AND seq = @Number");

        var audit = copy.Audit();

        Assert.Equal((1L, 0L, 1L), (audit.Lost, audit.Duplicated, audit.Altered));
        Assert.Contains(audit.Differences, sentence => sentence.StartsWith($"{copy.VictimName}: stored ", StringComparison.Ordinal) && sentence.EndsWith("which its sensor never produced", StringComparison.Ordinal));
    }

    [Fact]
    public void A_changed_sensor_is_named_too()
    {
        using var copy = run.Copy();
        copy.Damage("UPDATE telemetry_data SET sensor = 'other' WHERE device_id = @Device AND epoch = @Epoch AND seq = @Number");

        Assert.Equal((1L, 1L), (copy.Audit().Lost, copy.Audit().Altered));
    }

    [Fact]
    public void Rows_that_changed_places_do_not_add_up_to_the_digest()
    {
        using var copy = run.Copy();
        copy.Damage("UPDATE telemetry_data SET seq = @Number + @Number + 1 - seq WHERE device_id = @Device AND epoch = @Epoch AND seq IN (@Number, @Number + 1)");

        Assert.Contains(copy.Audit().Differences, sentence => sentence.Contains("the digest over its rows", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("+ 1")]
    [InlineData("- 1")]
    public async Task A_moved_watermark_is_named(string change)
    {
        using var copy = run.Copy();
        copy.Damage($"UPDATE streams SET watermark = watermark {change} WHERE device_id = @Device AND epoch = @Epoch");

        Assert.Contains(copy.Audit().Differences, sentence => sentence.StartsWith($"device {DataFolder.Name(copy.VictimNumber)} stream {copy.Victim.Epoch}: watermark", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.AuditFailed, (await copy.AuditVerbAsync()).ExitCode);
    }

    [Fact]
    public void A_number_that_is_stored_and_refused_is_accounted_for_twice()
    {
        using var copy = run.Copy();
        copy.Damage("INSERT INTO refusals (device_id, epoch, seq, reason, digest, received_at) VALUES (@Device, @Epoch, @Number, 'empty', zeroblob(32), 0)");

        Assert.Contains(copy.Audit().Differences, sentence => sentence.EndsWith($"number {copy.Victim.Number} is accounted for twice", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("stored = stored + 1")]
    [InlineData("refused = refused + 1, stored = stored - 1")]
    [InlineData("gaps = gaps + 1")]
    public void A_ledger_that_does_not_count_its_entries_is_named(string change)
    {
        using var copy = run.Copy();
        copy.Damage($"UPDATE streams SET {change} WHERE device_id = @Device AND epoch = @Epoch");

        Assert.Contains(copy.Audit().Differences, sentence => sentence.StartsWith($"device {DataFolder.Name(copy.VictimNumber)} stream {copy.Victim.Epoch}: its ledger says", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_that_is_not_the_digest_over_the_rows_is_named()
    {
        using var copy = run.Copy();
        copy.Damage("INSERT INTO checkpoints (device_id, epoch, seq, digest) VALUES (@Device, @Epoch, @Number, zeroblob(32))");

        Assert.Contains($"device {DataFolder.Name(copy.VictimNumber)} stream {copy.Victim.Epoch}: the checkpoint at {copy.Victim.Number} is not the digest over its rows", copy.Audit().Differences);
    }

    [Fact]
    public void A_digest_that_was_changed_is_named()
    {
        using var copy = run.Copy();
        copy.Damage("UPDATE streams SET digest = zeroblob(32) WHERE device_id = @Device AND epoch = @Epoch");

        Assert.Contains(copy.Audit().Differences, sentence => sentence.Contains("the digest over its rows is not the one acknowledged", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stream_that_vanished_takes_everything_with_it_and_ten_differences_are_named()
    {
        using var copy = run.Copy();
        copy.Damage("DELETE FROM telemetry_data WHERE device_id = @Device");
        copy.Damage("DELETE FROM streams WHERE device_id = @Device");

        var audit = copy.Audit();

        Assert.True(audit.Lost > 10);
        Assert.Equal(10, audit.Differences.Count);
        // Each reading, what the device believes acknowledged, and its receipt.
        Assert.Equal(audit.Lost + 2, audit.DifferenceCount);
    }

    [Fact]
    public void A_device_that_believes_more_than_the_control_plane_has_is_named()
    {
        using var copy = run.Copy();
        copy.Damage("UPDATE streams SET acked = acked + 5", copy.Folder.Device(copy.VictimNumber));

        Assert.Contains(copy.Audit().Differences, sentence => sentence.Contains("the device believes", StringComparison.Ordinal));
    }

    [Fact]
    public void A_device_whose_file_is_gone_has_lost_nothing_that_was_stored()
    {
        using var copy = run.Copy();
        File.Delete(copy.Folder.Device(copy.VictimNumber));

        Assert.True(copy.Audit().Passed);
    }

    [Fact]
    public async Task A_device_file_that_cannot_be_read_is_named_in_one_sentence()
    {
        using var copy = run.Copy();
        await File.WriteAllTextAsync(copy.Folder.Device(copy.VictimNumber), "no database", TestContext.Current.CancellationToken);

        var (exitCode, error) = await copy.AuditVerbAsync();

        Assert.Equal(ExitCodes.WrongUsage, exitCode);
        Assert.StartsWith($"The device's file {copy.Folder.Device(copy.VictimNumber)} cannot be read", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_command_is_lost()
    {
        using var copy = run.Copy();
        var command = copy.Query<string>("SELECT command_id FROM commands ORDER BY command_id LIMIT 1");
        copy.Damage($"DELETE FROM commands WHERE command_id = '{command}'");

        var audit = copy.Audit();

        Assert.Equal(1, audit.CommandsLost);
        Assert.Contains(audit.Differences, sentence => sentence.StartsWith($"command {command}: issued to device", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.AuditFailed, (await copy.AuditVerbAsync()).ExitCode);
    }

    [Theory]
    [InlineData("pending")]
    [InlineData("delivered")]
    public void A_command_without_an_end_is_unfinished(string state)
    {
        using var copy = run.Copy();
        var command = copy.Query<string>("SELECT command_id FROM commands ORDER BY command_id LIMIT 1");
        copy.Damage($"UPDATE commands SET state = '{state}' WHERE command_id = '{command}'");

        Assert.Equal(1, copy.Audit().CommandsUnfinished);
        Assert.Contains($"command {command}: still {state}", copy.Audit().Differences);
    }

    [Fact]
    public async Task An_effect_that_happened_twice_is_repeated()
    {
        using var copy = run.Copy();
        var command = copy.Query<string>("SELECT command_id FROM commands WHERE state = 'succeeded' ORDER BY command_id LIMIT 1");
        copy.AddToJournal($"E\t{copy.VictimNumber}\t{command}\n");

        var audit = copy.Audit();

        Assert.Equal(1, audit.CommandsRepeated);
        Assert.Contains($"command {command}: kept 1 times, took effect 2 times", audit.Differences);
        Assert.Equal(ExitCodes.AuditFailed, (await copy.AuditVerbAsync()).ExitCode);
    }

    [Fact]
    public void An_effect_of_a_command_that_nobody_knows_is_named()
    {
        using var copy = run.Copy();
        copy.AddToJournal($"E\t{copy.VictimNumber}\t01a20caa-cfaa-7097-b351-000000000000\n");

        Assert.Contains("command 01a20caa-cfaa-7097-b351-000000000000: took effect 1 times, and is nowhere in the control plane", copy.Audit().Differences);
    }

    [Fact]
    public void A_command_that_is_kept_twice_is_repeated()
    {
        using var copy = run.Copy();
        var command = copy.Query<string>("SELECT command_id FROM commands ORDER BY command_id LIMIT 1");
        copy.Damage($"""
            INSERT INTO commands (device_id, command_id, kind, payload, idempotency_key, priority, state, created_at, expires_at)
            SELECT 'f0000000-0000-4000-8000-000000000001', '01a20caa-cfaa-7097-b351-000000000001', kind, payload, idempotency_key, priority, state, created_at, expires_at
            FROM commands WHERE command_id = '{command}'
            """);

        Assert.Contains($"command {command}: kept 2 times, took effect 1 times", copy.Audit().Differences);
    }

    [Fact]
    public void A_success_without_an_effect_is_named()
    {
        using var copy = run.Copy();
        var command = copy.Query<string>("SELECT command_id FROM commands WHERE state = 'succeeded' ORDER BY command_id LIMIT 1");
        foreach (var journal in Directory.EnumerateFiles(copy.Folder.Journals))
        {
            File.WriteAllLines(journal, [.. File.ReadLines(journal).Where(line => !line.StartsWith('E') || !line.EndsWith(command, StringComparison.Ordinal))]);
        }

        Assert.Contains($"command {command}: reported as succeeded, but it took no effect", copy.Audit().Differences);
    }

    [Fact]
    public void Half_a_line_at_the_end_of_a_journal_is_what_a_kill_leaves_and_counts_for_nothing()
    {
        using var copy = run.Copy();
        var before = copy.Audit();
        copy.AddToJournal($"P\t{copy.VictimNumber}\t99999\ttemperature\t17");

        var audit = copy.Audit();

        Assert.True(audit.Passed, string.Join('\n', audit.Differences));
        Assert.Equal(before.Produced, audit.Produced);
    }

    [Fact]
    public void A_reading_that_was_never_acknowledged_to_its_sensor_may_be_missing()
    {
        using var copy = run.Copy();
        var before = copy.Audit();
        copy.AddToJournal($"P\t{copy.VictimNumber}\t99999\ttemperature\t17\t{0:x16}\t-\n");

        Assert.True(copy.Audit().Passed);
        Assert.Equal(before.Produced, copy.Audit().Produced);
    }

    [Fact]
    public void A_reading_that_was_acknowledged_to_its_sensor_may_not()
    {
        using var copy = run.Copy();
        copy.AddToJournal($"P\t{copy.VictimNumber}\t99999\ttemperature\t17\t{0:x16}\t-\nA\t{copy.VictimNumber}\t99999\t{copy.Victim.Epoch}\t1000000\t1\n");

        Assert.Contains($"device {DataFolder.Name(copy.VictimNumber)} {new EntryName(new Epoch(copy.Victim.Epoch), 1_000_000)}: temperature 0 at 17 was acknowledged to its sensor and is nowhere", copy.Audit().Differences);
    }
}
