using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class ConfigTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_local_write_is_in_force_at_once_and_reaches_the_control_plane()
    {
        var changed = new List<(string, string?, bool)>();
        _world.Device.Config.Changed += (_, change) => changed.Add((change.Key, change.Value?.Text, change.ByControlPlane));

        _world.Device.Config.Set("sampling.interval", new JsonValue("5"));
        Assert.Equal("5", _world.Device.Config.Get("sampling.interval")?.Text);
        await _world.SyncAsync();

        Assert.Equal("5", _world.Cloud.Config["sampling.interval"].Value?.Text);
        Assert.Equal([("sampling.interval", "5", false)], changed);
        await _world.SyncAsync();
        Assert.Single(_world.Cloud.Config.Exchanges, exchange => exchange.Changes.Count > 0);
    }

    [Fact]
    public async Task A_value_of_the_control_plane_comes_into_force_and_is_reported()
    {
        _world.Cloud.Config.Set("mode", "\"fast\"");

        await _world.SyncAsync();

        Assert.Equal("\"fast\"", _world.Device.Config.Get("mode")?.Text);
        Assert.Equal(("mode", ConfigStatus.Applied), (Assert.Single(_world.Cloud.Config.Reports).Key, _world.Cloud.Config.Reports[0].Status));
    }

    [Fact]
    public async Task A_rejected_value_is_reported_and_the_one_before_stays()
    {
        _world.Cloud.Config.Set("limit", "10");
        await _world.SyncAsync();
        _world.Device.Config.Validator = static (_, value) => value?.Text == "99" ? "at most 50" : null;
        _world.Cloud.Config.Set("limit", "99");

        await HintAndSyncAsync();

        Assert.Equal("10", _world.Device.Config.Get("limit")?.Text);
        Assert.Equal((ConfigStatus.Rejected, "at most 50"), (_world.Cloud.Config.Reports[^1].Status, _world.Cloud.Config.Reports[^1].Reason));
    }

    [Fact]
    public async Task A_validator_that_throws_rejects_and_a_handler_that_throws_holds_up_nobody()
    {
        var told = new List<string>();
        _world.Device.Config.Validator = static (key, _) => key == "bad" ? throw new InvalidOperationException("no such pump") : null;
        _world.Device.Config.Changed += static (_, _) => throw new InvalidOperationException("boom");
        _world.Device.Config.Changed += (_, change) => told.Add(change.Key);
        _world.Cloud.Config.Set("bad", "1");
        _world.Cloud.Config.Set("good", "1");

        await _world.SyncAsync();
        _world.Device.Config.Set("local", new JsonValue("1"));

        Assert.Null(_world.Device.Config.Get("bad"));
        Assert.Equal(["good", "local"], told);
        var report = Assert.Single(_world.Cloud.Config.Reports, report => report.Key == "bad");
        Assert.Equal((ConfigStatus.Rejected, "The validator failed: InvalidOperationException: no such pump"), (report.Status, report.Reason));
    }

    [Theory]
    [InlineData(ConfigRule.CloudWins, "\"cloud\"")]
    [InlineData(ConfigRule.DeviceWins, "\"device\"")]
    public async Task Concurrent_writes_converge_by_the_rule(ConfigRule rule, string winner)
    {
        _world.Cloud.Config.Rules = new ConfigRuleSet(2, [new ConfigRulePattern("*", rule)]);
        _world.Device.Config.Set("mode", new JsonValue("\"device\""));
        _world.Cloud.Config.Set("mode", "\"cloud\"", wall: _world.Time.GetMicroseconds());

        await _world.SyncAsync();

        Assert.Equal(winner, _world.Cloud.Config["mode"].Value?.Text);
        Assert.Equal(winner, _world.Device.Config.Get("mode")?.Text);
        await _world.SyncAsync();
        Assert.Empty(_world.Cloud.Config.Exchanges[^1].Changes);
    }

    [Fact]
    public async Task A_lost_answer_sends_the_same_write_again()
    {
        _world.Device.Config.Set("a", new JsonValue("1"));
        _world.Cloud.LoseAnswer = static request => request.RequestUri!.AbsolutePath == Routes.Config;
        await _world.SyncAsync();
        _world.Cloud.LoseAnswer = static _ => false;
        _world.Time.Advance(_world.Options.BackoffMax);

        await _world.SyncAsync();

        Assert.Equal(1, _world.Cloud.Config["a"].Vector[ConfigWriters.Device(new Epoch(_world.Count("SELECT config_epoch FROM device_state")))]);
        Assert.Equal(0, _world.Count("SELECT COUNT(*) FROM device_config WHERE dirty = 1"));
    }

    [Fact]
    public async Task A_write_during_the_exchange_is_sent_with_the_next()
    {
        _world.Device.Config.Set("a", new JsonValue("1"));
        var once = true;
        _world.Cloud.Before = request =>
        {
            if (once && request.RequestUri!.AbsolutePath == Routes.Config)
            {
                once = false;
                _world.Device.Config.Set("a", new JsonValue("2"));
            }

            return null;
        };

        await _world.SyncAsync();

        Assert.Equal("2", _world.Device.Config.Get("a")?.Text);
        Assert.Equal("2", _world.Cloud.Config["a"].Value?.Text);
    }

    [Fact]
    public async Task A_key_that_a_whole_snapshot_leaves_out_was_forgotten_and_is_sent_again()
    {
        for (var i = 0; i < 5; i++)
        {
            _world.Cloud.Config.Set($"key.{i}", "1");
        }

        await _world.SyncAsync();
        Assert.Equal(5, _world.Device.Config.All().Count);
        _world.Cloud.Config.Forget("key.3");
        _world.Cloud.Config.ForcesSnapshot = true;
        _world.Cloud.Config.PageSize = 2;
        _world.Device.Config.Set("local", new JsonValue("7"));

        await HintAndSyncAsync();

        Assert.Equal(["key.0", "key.1", "key.2", "key.3", "key.4", "local"], _world.Device.Config.All().Keys);
        Assert.Equal("1", _world.Cloud.Config["key.3"].Value?.Text);
    }

    [Fact]
    public async Task A_document_that_went_back_without_its_version_saying_so_is_asked_for_once_and_mended()
    {
        _world.Cloud.Config.Set("a", "1");
        _world.Cloud.Config.Set("b", "1");
        await _world.SyncAsync();
        _world.Cloud.Config.Forget("a");

        await HintAndSyncAsync();

        Assert.Equal("1", _world.Cloud.Config["a"].Value?.Text);
        Assert.Equal(2, _world.Cloud.Config.Snapshots);
        await HintAndSyncAsync();
        Assert.Equal(2, _world.Cloud.Config.Snapshots);
    }

    [Fact]
    public async Task A_difference_that_a_snapshot_does_not_mend_is_not_asked_about_again()
    {
        _world.Cloud.Config.Set("a", "1");
        _world.Cloud.Config.HasWrongHash = true;

        await _world.SyncAsync();
        await HintAndSyncAsync();

        Assert.Equal(2, _world.Cloud.Config.Snapshots);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_write_in_a_file_that_went_back_is_no_write_that_the_control_plane_has(int earlierWrites)
    {
        _world.CopyFile();
        for (var i = 0; i < earlierWrites; i++)
        {
            _world.Device.Config.Set("panel", new JsonValue("\"z-earlier\""));
            await _world.SyncAsync();
        }

        await _world.RestoreCopyAsync();
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        _world.Device.Config.Set("panel", new JsonValue("\"a-later\""));
        await _world.SyncAsync();

        Assert.Equal("\"a-later\"", _world.Device.Config.Get("panel")?.Text);
        Assert.Equal("\"a-later\"", _world.Cloud.Config["panel"].Value?.Text);
        Assert.Equal(earlierWrites - 1, _world.Cloud.Config.Conflicts.Count);
    }

    [Fact]
    public async Task A_rule_that_keeps_an_earlier_write_of_the_device_does_not_make_its_file_look_older()
    {
        _world.Cloud.Config.Rules = new ConfigRuleSet(1, [new ConfigRulePattern("limit", ConfigRule.Max)]);
        _world.Cloud.Config.Set("limit", "5");
        _world.Cloud.LoseAnswer = static request => request.RequestUri!.AbsolutePath == Routes.Config;
        _world.Device.Config.Set("limit", new JsonValue("9"));
        await _world.SyncAsync();
        _world.Cloud.LoseAnswer = static _ => false;
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        var second = _world.Device.Config.Set("limit", new JsonValue("3"));
        await _world.SyncAsync();

        Assert.Equal(("9", "9"), (_world.Device.Config.Get("limit")?.Text, _world.Cloud.Config["limit"].Value?.Text));
        Assert.Equal(second.Vector.Increment(ConfigWriters.Cloud), _world.Cloud.Config["limit"].Vector);
        Assert.Equal(2, _world.Cloud.Config.Conflicts.Count);
    }

    [Fact]
    public async Task A_write_in_a_file_that_went_back_is_known_by_its_count_where_a_rule_kept_the_write_that_had_it()
    {
        _world.Cloud.Config.Rules = new ConfigRuleSet(1, [new ConfigRulePattern("limit", ConfigRule.Max)]);
        _world.CopyFile();
        _world.Cloud.Config.Set("limit", "5");
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        _world.Device.Config.Set("limit", new JsonValue("9"));
        await _world.SyncAsync();
        await _world.RestoreCopyAsync();
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        _world.Device.Config.Set("limit", new JsonValue("3"));
        await _world.SyncAsync();

        Assert.Equal(("9", "9"), (_world.Device.Config.Get("limit")?.Text, _world.Cloud.Config["limit"].Value?.Text));
        Assert.Contains(_world.Cloud.Config.Conflicts, conflict => conflict.Loser.Value?.Text == "3");
    }

    // The count that the older file gives out again is one that the control plane has, under a write that came after it.
    [Fact]
    public async Task A_write_in_a_file_that_went_back_is_told_apart_where_another_writer_of_the_device_came_after_the_one_it_counts_as()
    {
        _world.CopyFile();
        _world.Device.Config.Set("panel", new JsonValue("\"first\""));
        await _world.SyncAsync();
        await _world.RestartAsync();
        _world.Cloud.SeeBoot(9, 9);
        await _world.SyncAsync();
        _world.Device.Config.Set("panel", new JsonValue("\"second\""));
        await _world.SyncAsync();
        Assert.Equal(2, _world.Cloud.Config["panel"].Vector.Count);

        await _world.RestoreCopyAsync();
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        _world.Device.Config.Set("panel", new JsonValue("\"third\""));
        for (var pass = 0; pass < 3; pass++)
        {
            await _world.SyncAsync();
            _world.Cloud.IntentVersion++;
        }

        Assert.Equal(("\"third\"", "\"third\""), (_world.Device.Config.Get("panel")?.Text, _world.Cloud.Config["panel"].Value?.Text));
        Assert.Equal("\"second\"", Assert.Single(_world.Cloud.Config.Conflicts).Loser.Value?.Text);
        Assert.Equal(3, _world.Cloud.Config["panel"].Vector.Count);
    }

    [Fact]
    public async Task A_file_that_is_seen_to_be_older_writes_as_a_new_writer_from_then_on()
    {
        var before = _world.Count("SELECT config_epoch FROM device_state");
        _world.Cloud.SeeBoot(9, 9);

        await _world.SyncAsync();

        Assert.NotEqual(before, _world.Count("SELECT config_epoch FROM device_state"));
    }

    [Fact]
    public async Task A_conflict_during_the_exchange_is_resolved_and_logged_by_the_control_plane()
    {
        _world.Cloud.Config.Set("mode", "1", wall: 1);
        var once = true;
        _world.Cloud.LoseAnswer = request =>
        {
            if (once && request.RequestUri!.AbsolutePath == Routes.Config)
            {
                once = false;
                _world.Device.Config.Set("mode", new JsonValue("2"));
            }

            return false;
        };

        await _world.SyncAsync();

        Assert.Single(_world.Cloud.Config.Conflicts);
        Assert.Equal(("2", "2"), (_world.Device.Config.Get("mode")?.Text, _world.Cloud.Config["mode"].Value?.Text));
        Assert.Equal(0, _world.Count("SELECT COUNT(*) FROM device_config WHERE dirty <> 0"));
    }

    [Fact]
    public void A_key_has_room_for_so_many_writers_and_says_so()
    {
        for (var i = 0; i < Limits.VectorWritersMax; i++)
        {
            _world.Execute($"UPDATE device_state SET config_epoch = {i + 1}");
            _world.Device.Config.Set("a", new JsonValue("1"));
        }

        _world.Execute("UPDATE device_state SET config_epoch = 99");

        Assert.Contains("use another key", Assert.Throws<InvalidOperationException>(() => _world.Device.Config.Set("a", new JsonValue("2"))).Message, StringComparison.Ordinal);
        Assert.Equal("1", _world.Device.Config.Get("a")?.Text);
    }

    [Fact]
    public async Task A_deletion_leaves_a_marker_and_no_value()
    {
        _world.Cloud.Config.Set("a", "1");
        await _world.SyncAsync();

        _world.Device.Config.Delete("a");
        await _world.SyncAsync();

        Assert.Null(_world.Device.Config.Get("a"));
        Assert.Null(_world.Cloud.Config["a"].Value);
    }

    [Fact]
    public async Task A_write_that_is_refused_for_good_does_not_hold_up_the_others()
    {
        _world.Device.Config.Set("bad", new JsonValue("1"));
        _world.Device.Config.Set("good", new JsonValue("2"));
        _world.Cloud.Before = static request =>
        {
            if (request.RequestUri!.AbsolutePath != Routes.Config)
            {
                return null;
            }

            using var reader = new StreamReader(request.Content!.ReadAsStream());
            return reader.ReadToEnd().Contains("\"bad\"", StringComparison.Ordinal) ? ControlPlaneDouble.Answer(ProblemTypes.Validation.With("no")) : null;
        };

        await _world.SyncAsync();

        Assert.Equal("2", _world.Cloud.Config["good"].Value?.Text);
        Assert.Equal("1", _world.Device.Config.Get("bad")?.Text);
        Assert.Contains(_world.Device.ReadSyncLog(20), line => line.Event == "write-refused");
    }

    [Fact]
    public async Task A_configuration_answer_that_cannot_be_read_holds_up_nothing_else()
    {
        _world.Append(3);
        _world.Cloud.Commands.Create("ping");
        _world.Cloud.Before = static request => request.RequestUri!.AbsolutePath == Routes.Config
            ? new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = new StringContent("{\"version\":") }
            : null;

        await _world.SyncAsync();

        Assert.Equal(3, _world.Cloud.StoredReadings.Count());
        Assert.Equal(1, _world.Device.Status.PendingCommands);
        Assert.Equal("unreadable-answer", _world.Device.Status.Reason);
    }

    [Fact]
    public async Task A_write_that_was_answered_in_the_wrong_place_is_kept_and_sent_again()
    {
        _world.Device.Config.Set("a", new JsonValue("1"));
        _world.Cloud.Before = static request => request.RequestUri!.AbsolutePath == Routes.Config ? ControlPlaneDouble.Answer(ProblemTypes.NotFound.With("nothing here")) : null;
        await _world.SyncAsync();
        _world.Cloud.Before = static _ => null;
        _world.Time.Advance(_world.Options.BackoffMax);

        await _world.SyncAsync();

        Assert.Equal("1", _world.Cloud.Config["a"].Value?.Text);
    }

    [Theory]
    [InlineData("edgesync.pins", "1", "the control plane's alone")]
    [InlineData("no spaces", "1", "dot path")]
    [InlineData("a", "fast", "is not JSON")]
    public void A_write_that_is_not_allowed_says_what_is(string key, string value, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => _world.Device.Config.Set(key, new JsonValue(value))).Message, StringComparison.Ordinal);

    private async Task HintAndSyncAsync()
    {
        _world.Cloud.IntentVersion++;
        _world.Append(1);
        await _world.SyncAsync();
        await _world.SyncAsync();
    }
}
