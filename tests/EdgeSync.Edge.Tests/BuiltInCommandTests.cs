using System.Text;
using System.Text.Json;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge.Tests;

public sealed class BuiltInCommandTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();
    private readonly CancellationTokenSource _stop = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _world.DisposeAsync();
        _stop.Dispose();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pause_holds_back_telemetry_alone_and_outlives_a_restart()
    {
        var paused = _world.Time.GetUtcNow();
        Assert.Equal($$"""{"pausedAt":"{{Microseconds.From(paused)}}"}""", (await RunAsync("pause")).Result?.Text);
        _world.Append(3);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        await _world.RestartAsync();
        Assert.Equal(("paused", paused), (_world.Device.Status.Reason, _world.Device.Status.ReasonSince));

        _world.Device.Config.Set("a", new JsonValue("1"));
        Assert.Equal(CommandOutcome.Succeeded, (await RunAsync("ping")).Outcome);

        Assert.Equal((0, 3), (_world.Cloud.Batches.Count, _world.Device.Status.PendingRecords));
        Assert.Equal("1", _world.Cloud.Config["a"].Value?.Text);
        Assert.Equal(("paused", 3), (_world.Cloud.Heartbeats[^1].Reason, _world.Cloud.Heartbeats[^1].PendingRecords));
        Assert.Equal("paused", _world.Device.Status.Lanes.Single(lane => lane.Lane == "telemetry").Reason);
    }

    [Fact]
    public async Task A_resume_sends_what_was_held_back()
    {
        await RunAsync("pause");
        _world.Append(3);
        Assert.Equal("""{"wasPaused":true}""", (await RunAsync("resume")).Result?.Text);

        Assert.Equal((3, "ok"), (_world.Cloud.StoredReadings.Count(), _world.Device.Status.Reason));
        Assert.Equal("""{"wasPaused":false}""", (await RunAsync("resume")).Result?.Text);
    }

    [Fact]
    public async Task A_second_pause_goes_on_from_the_first()
    {
        var first = await RunAsync("pause");
        _world.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(first.Result, (await RunAsync("pause")).Result);
    }

    [Fact]
    public async Task A_paused_device_that_is_offline_says_so_and_is_paused_when_it_is_back()
    {
        await RunAsync("pause");
        _world.Cloud.Before = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        _world.Time.Advance(_world.Options.HeartbeatInterval);
        await _world.SyncAsync();
        Assert.Equal(ReasonCodes.Offline, _world.Device.Status.Reason);
        _world.Cloud.Before = static _ => null;
        _world.Time.Advance(_world.Options.BackoffMax);

        await _world.SyncAsync();

        Assert.Equal(ReasonCodes.Paused, _world.Device.Status.Reason);
    }

    [Fact]
    public async Task A_drain_of_a_paused_device_ends_when_everything_else_is_answered()
    {
        await RunAsync("pause");
        _world.Device.Config.Set("a", new JsonValue("1"));
        var running = _world.Device.RunAsync(_stop.Token);
        Assert.True(await _world.Device.DrainAsync(Ct));
        _world.Append(1);

        Assert.False(await _world.Device.DrainAsync(Ct));

        Assert.Equal("1", _world.Cloud.Config["a"].Value?.Text);
        await _stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData("pause", """{"for":3}""", "There is no argument 'for'; the command takes no arguments.")]
    [InlineData("set-interval", """{"milliseconds":9}""", "Argument 'milliseconds' is 9; it must be a whole number from 10 to 86400000.")]
    [InlineData("set-interval", """{"milliseconds":86400001}""", "Argument 'milliseconds' is 86400001; it must be a whole number from 10 to 86400000.")]
    [InlineData("collect-diagnostics", """{"lines":-1}""", "Argument 'lines' is -1; it must be a whole number from 0 to 1000.")]
    [InlineData("rotate-certificate", "null", "The device's program brings its certificate; renew it there.")]
    public async Task What_cannot_be_done_says_why(string kind, string payload, string expected)
    {
        var result = await RunAsync(kind, payload);

        Assert.Equal((CommandOutcome.Failed, expected), (result.Outcome, result.Error));
    }

    [Fact]
    public async Task An_interval_is_kept_over_restarts_until_the_programs_own_is_asked_for()
    {
        Assert.Equal("""{"milliseconds":60000,"millisecondsBefore":5000}""", (await RunAsync("set-interval", """{"milliseconds":60000}""")).Result?.Text);
        await _world.RestartAsync();
        Assert.Equal("""{"milliseconds":10,"millisecondsBefore":60000}""", (await RunAsync("set-interval", """{"milliseconds":10}""")).Result?.Text);
        Assert.Equal("""{"milliseconds":5000,"millisecondsBefore":10}""", (await RunAsync("set-interval")).Result?.Text);
    }

    [Fact]
    public async Task An_interval_takes_effect_at_once()
    {
        await _world.SyncAsync();
        Assert.Equal(_world.Options.SyncInterval, _world.Device.Parts.Agent.WaitFor(draining: false));

        await RunAsync("set-interval", """{"milliseconds":1500}""");

        Assert.Equal(TimeSpan.FromMilliseconds(1_500), _world.Device.Parts.Agent.WaitFor(draining: false));
    }

    [Fact]
    public async Task Diagnostics_tell_how_the_device_stands()
    {
        _world.Append(2);
        await _world.SyncAsync();
        _world.Append(1);
        _world.Cloud.RefuseWhole = static _ => ProblemTypes.Unavailable;
        _world.Time.Advance(TimeSpan.FromSeconds(90));

        var report = Parse(await RunAsync("collect-diagnostics", """{"lines":2}"""));

        var stream = Assert.Single(report.GetProperty("streams").EnumerateArray());
        Assert.Equal(
            (_world.Device.Status.LiveEpoch.ToString(), "3", "2", true),
            (stream.GetProperty("epoch").GetString(), stream.GetProperty("head").GetString(), stream.GetProperty("acknowledged").GetString(), stream.GetProperty("live").GetBoolean()));
        Assert.Equal((1, 90, "unavailable"), (report.GetProperty("pendingRecords").GetInt64(), report.GetProperty("uptimeSeconds").GetInt64(), report.GetProperty("reason").GetString()));
        Assert.Equal(new FileInfo(_world.Options.DatabasePath).Length, report.GetProperty("databaseBytes").GetInt64());
        Assert.True(report.GetProperty("walBytes").GetInt64() > 0);
        Assert.Equal(_world.Cloud.Heartbeats[^1].AgentVersion, report.GetProperty("agentVersion").GetString());
        Assert.Equal(2, report.GetProperty("syncLog").GetArrayLength());
    }

    [Fact]
    public async Task Diagnostics_keep_the_newest_lines_that_a_result_has_room_for()
    {
        for (var i = 0; i < 200; i++)
        {
            _world.Device.Parts.SyncLog.Write("device", $"line-{i}", new string('\u00e4', 600));
        }

        var result = await RunAsync("collect-diagnostics");

        Assert.InRange(Encoding.UTF8.GetByteCount(result.Result!.Value.Text), Limits.CommandPayloadBytesMax - 4_000, Limits.CommandPayloadBytesMax);
        var lines = Parse(result).GetProperty("syncLog").EnumerateArray().ToList();
        Assert.Contains("line-199", lines.Select(line => line.GetProperty("event").GetString()));
        Assert.All(lines, line => Assert.InRange(line.GetProperty("detail").GetString()!.Length, 0, 512));
    }

    [Fact]
    public async Task A_certificate_is_rotated_at_once()
    {
        await using var world = new EnrolledWorld();
        await world.SyncAsync();
        var before = world.Device.Status.CertificateNotAfter;
        world.Time.Advance(TimeSpan.FromHours(1));

        var result = await RotateAsync(world);

        Assert.Equal((CommandOutcome.Succeeded, 1), (result.Outcome, world.Renewals.Count));
        Assert.Equal(before + TimeSpan.FromHours(1), world.Device.Status.CertificateNotAfter);
        Assert.Equal($$"""{"certificateNotAfter":"{{Microseconds.From(world.Device.Status.CertificateNotAfter!.Value)}}"}""", result.Result?.Text);
        await world.SyncAsync();
        Assert.Single(world.Renewals);
    }

    [Fact]
    public async Task A_rotation_that_is_refused_fails_and_holds_up_nothing()
    {
        await using var world = new EnrolledWorld();
        await world.SyncAsync();
        world.BeforeIssue = static _ => ControlPlaneDouble.Answer(ProblemTypes.Unavailable.With("the authority is away"));

        var result = await RotateAsync(world);

        Assert.Equal((CommandOutcome.Failed, "The certificate was not renewed (unavailable): the authority is away"), (result.Outcome, result.Error));
        Assert.Equal(("ok", 1), (world.Device.Status.Reason, world.Renewals.Count));
    }

    [Fact]
    public void A_kind_that_is_built_in_is_no_handlers_to_take()
    {
        _world.Handlers.Add(CommandHandler.InTransaction("pause", static _ => null));

        Assert.StartsWith("Command kind 'pause' is built in; give the handler another kind.", Assert.Throws<ArgumentException>(_world.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_an_older_program_gets_room_for_what_operators_set()
    {
        var (epoch, first) = (new Epoch(7), typeof(EdgeDevice).Assembly.GetManifestResourceStream("001")!);
        using (var reader = new StreamReader(first))
        using (var old = new SqliteConnection($"Data Source={_world.CopyPath};Pooling=False"))
        {
            old.Open();
            using var create = old.CreateCommand();
            var origin = $"x'{Convert.ToHexString(DigestChain.Origin(_world.Id, epoch).ToArray())}'";
            create.CommandText = $"""
                PRAGMA journal_mode = WAL;
                {reader.ReadToEnd()}
                INSERT INTO device_state (id, device, boot, live_epoch, config_epoch) VALUES (1, '{_world.Id}', 3, 7, 8);
                INSERT INTO streams (epoch, ordinal, head, head_digest, acked, acked_digest, retained_after_digest, opened_at, reason) VALUES (7, 1, 0, {origin}, 0, {origin}, {origin}, 1, 'first start');
                PRAGMA user_version = 1;
                """;
            create.ExecuteNonQuery();
        }

        await _world.RestoreCopyAsync();

        Assert.Equal((4, epoch), (_world.Device.Status.Boot.Number, _world.Device.Status.LiveEpoch));
        Assert.Equal(7, _world.Count("SELECT file_epoch FROM device_state"));
        Assert.Equal("""{"milliseconds":60000,"millisecondsBefore":5000}""", (await RunAsync("set-interval", """{"milliseconds":60000}""")).Result?.Text);
    }

    private static JsonElement Parse(CommandResult result)
    {
        using var document = JsonDocument.Parse(result.Result!.Value.Text);
        return document.RootElement.Clone();
    }

    private static async Task<CommandResult> RotateAsync(EnrolledWorld world)
    {
        world.Cloud.Commands.Create("rotate-certificate");
        world.Cloud.IntentVersion++;
        world.Device.Parts.Agent.NoteIntent(world.Cloud.IntentVersion);
        await world.SyncAsync();
        var running = world.Device.Parts.Runner.RunOneAsync(world.Device.Parts.Commands.BeginNext(world.Device.Status.Boot.Number)!, Ct);
        await world.SyncAsync();
        await running;
        await world.SyncAsync();
        return Assert.Single(world.Cloud.Commands.Results);
    }

    private async Task<CommandResult> RunAsync(string kind, string payload = "null")
    {
        var id = _world.Cloud.Commands.Create(kind, payload);
        _world.Cloud.IntentVersion++;
        _world.Device.Parts.Agent.NoteIntent(_world.Cloud.IntentVersion);
        await _world.SyncAsync();
        await _world.RunCommandsAsync();
        await _world.SyncAsync();
        return Assert.Single(_world.Cloud.Commands.Results, result => result.Id == id);
    }
}
