using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class CommandTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();
    private readonly List<string> _ran = [];

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Ping_answers()
    {
        var id = _world.Cloud.Commands.Create("ping");

        await SyncRunSyncAsync();

        var result = Assert.Single(_world.Cloud.Commands.Results);
        Assert.Equal((id, CommandOutcome.Succeeded, """{"pong":true}"""), (result.Id, result.Outcome, result.Result?.Text));
        Assert.Equal(0, _world.Device.Status.PendingCommands);
        Assert.Equal(1, _world.Device.Status.Counters.CommandsRun);
    }

    [Fact]
    public async Task A_command_runs_only_after_its_receipt_was_answered()
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain: false));
        _world.Cloud.Commands.Create("work");
        _world.Cloud.LoseAnswer = static request => request.RequestUri!.AbsolutePath == Routes.CommandReceipts;

        await _world.SyncAsync();
        await _world.RunCommandsAsync();

        Assert.Empty(_ran);
        _world.Cloud.LoseAnswer = static _ => false;
        _world.Time.Advance(_world.Options.BackoffMax);
        await SyncRunSyncAsync();
        Assert.Single(_ran);
    }

    [Fact]
    public async Task A_lost_answer_to_a_result_reports_it_again_and_runs_nothing_again()
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain: false));
        var id = _world.Cloud.Commands.Create("work");
        _world.Cloud.LoseAnswer = static request => request.RequestUri!.AbsolutePath == Routes.CommandResults;
        await SyncRunSyncAsync();
        _world.Cloud.LoseAnswer = static _ => false;

        _world.Time.Advance(_world.Options.BackoffMax);
        await SyncRunSyncAsync();

        Assert.Single(_ran);
        Assert.Equal([id, id], _world.Cloud.Commands.Results.Select(result => result.Id));
        Assert.Equal(0, _world.Device.Status.PendingCommands);
    }

    [Theory]
    [InlineData(true, CommandOutcome.Succeeded, 2)]
    [InlineData(false, CommandOutcome.Interrupted, 1)]
    public async Task A_command_that_a_stop_cut_off_runs_again_only_where_it_may(bool mayRunAgain, CommandOutcome outcome, int runs)
    {
        using var stop = new CancellationTokenSource();
        await UseHandlersAsync(new CommandHandler("work", mayRunAgain, async (_, ct) =>
        {
            _ran.Add("work");
            if (_ran.Count == 1)
            {
                await stop.CancelAsync();
                ct.ThrowIfCancellationRequested();
            }

            return null;
        }));
        _world.Cloud.Commands.Create("work");
        await _world.SyncAsync();
        await _world.Device.Parts.Runner.RunAsync(stop.Token);

        await _world.RestartAsync();
        await SyncRunSyncAsync();

        Assert.Equal(runs, _ran.Count);
        Assert.Equal(outcome, Assert.Single(_world.Cloud.Commands.Results).Outcome);
    }

    [Theory]
    [InlineData(true, CommandOutcome.Succeeded, 1)]
    [InlineData(false, CommandOutcome.Interrupted, 0)]
    public async Task A_command_that_an_earlier_run_was_told_to_run_is_asked_for_again(bool mayRunAgain, CommandOutcome outcome, int runs)
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain));
        _world.Cloud.Commands.Create("work");
        await _world.SyncAsync();

        await _world.RestartAsync();
        await SyncRunSyncAsync();

        Assert.Equal(runs, _ran.Count);
        Assert.Equal(outcome, Assert.Single(_world.Cloud.Commands.Results).Outcome);
    }

    [Fact]
    public async Task A_rolled_back_file_does_not_run_a_command_twice()
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain: false));
        _world.Cloud.Commands.Create("work");
        _world.CopyFile();
        await SyncRunSyncAsync();

        await _world.RestoreCopyAsync();
        await SyncRunSyncAsync();

        Assert.Single(_ran);
    }

    [Theory]
    [InlineData(true, CommandOutcome.Succeeded)]
    [InlineData(false, CommandOutcome.Interrupted)]
    public async Task A_command_that_went_with_its_file_is_taken_up_by_the_next_run(bool mayRunAgain, CommandOutcome outcome)
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain));
        _world.CopyFile();
        _world.Cloud.Commands.Create("work");
        await _world.SyncAsync();

        await _world.RestoreCopyAsync();
        _world.Cloud.SeeBoot(9, 9);
        await _world.SyncAsync();
        await SyncRunSyncAsync();

        Assert.Equal(outcome, Assert.Single(_world.Cloud.Commands.Results).Outcome);
    }

    [Fact]
    public async Task A_control_plane_that_forgot_a_result_is_told_it_by_the_next_run()
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain: false));
        var id = _world.Cloud.Commands.Create("work");
        await SyncRunSyncAsync();
        _world.Cloud.Commands.States[id] = CommandState.Delivered;

        await _world.RestartAsync();
        await _world.SyncAsync();

        Assert.Single(_ran);
        Assert.Equal([CommandOutcome.Succeeded, CommandOutcome.Succeeded], _world.Cloud.Commands.Results.Select(result => result.Outcome));
        Assert.Equal(0, _world.Device.Status.PendingCommands);
    }

    [Fact]
    public async Task A_run_that_took_a_newer_number_pulls_again()
    {
        _world.Cloud.SeeBoot(9, 9);
        await _world.SyncAsync();

        await _world.SyncAsync();

        Assert.Contains(_world.Cloud.Requests, request => request.Contains("/v1/commands?", StringComparison.Ordinal) && request.Contains("&boot=10&", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_command_is_on_the_disk_before_its_receipt_is_sent()
    {
        _world.Options = _world.Options with { Durability = Durability.Normal };
        await _world.RestartAsync();
        _world.Cloud.Commands.Create("ping");
        long? mark = null;
        _world.Cloud.Before = request =>
        {
            mark = request.RequestUri!.AbsolutePath == Routes.CommandReceipts ? _world.Count("SELECT durable_mark FROM device_state") : mark;
            return null;
        };

        await _world.SyncAsync();

        Assert.Equal(1, mark);
    }

    [Fact]
    public async Task An_unknown_kind_fails_and_names_the_kinds_that_are_known()
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain: true));
        _world.Cloud.Commands.Create("fly");

        await SyncRunSyncAsync();

        Assert.Equal("This device knows no command 'fly'; it knows: collect-diagnostics, discard-dead-letters, list-dead-letters, pause, ping, replay-dead-letters, resume, resync, rotate-certificate, set-interval, work.", Assert.Single(_world.Cloud.Commands.Results).Error);
    }

    [Fact]
    public async Task What_a_handler_throws_is_the_command_s_failure()
    {
        await UseHandlersAsync(
            new CommandHandler("says", false, (_, _) => throw new CommandFailedException("valve is stuck")),
            new CommandHandler("breaks", false, (_, _) => throw new InvalidOperationException("boom")),
            new CommandHandler("babbles", false, (_, _) => Task.FromResult<JsonValue?>(new JsonValue("{oops"))),
            new CommandHandler("floods", false, (_, _) => Task.FromResult<JsonValue?>(new JsonValue($"\"{new string('x', 20_000)}\""))));
        foreach (var kind in new[] { "says", "breaks", "babbles", "floods" })
        {
            _world.Cloud.Commands.Create(kind);
        }

        await SyncRunSyncAsync();

        Assert.Equal(
            ["valve is stuck", "InvalidOperationException: boom", "The handler's result is not JSON.", "The handler's result has more than 16384 bytes; let it return less."],
            _world.Cloud.Commands.Results.Select(result => result.Error));
        Assert.All(_world.Cloud.Commands.Results, result => Assert.Equal(CommandOutcome.Failed, result.Outcome));
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_has_failed()
    {
        await UseHandlersAsync(new CommandHandler("hang", false, async (_, _) => await new TaskCompletionSource<JsonValue?>().Task, TimeSpan.FromSeconds(5)));
        _world.Cloud.Commands.Create("hang");
        await _world.SyncAsync();

        var running = _world.RunCommandsAsync();
        _world.Time.Advance(TimeSpan.FromSeconds(5));
        await running;
        await _world.SyncAsync();

        Assert.Equal("timed out after 5 s", Assert.Single(_world.Cloud.Commands.Results).Error);
    }

    [Fact]
    public async Task A_command_whose_time_is_over_before_it_began_is_not_run()
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain: false));
        _world.Cloud.Commands.Create("work", remainingMilliseconds: 1_000);
        await _world.SyncAsync();

        _world.Time.Advance(TimeSpan.FromSeconds(2));
        await _world.RunCommandsAsync();
        await _world.SyncAsync();

        Assert.Empty(_ran);
        Assert.Equal("expired on the device", Assert.Single(_world.Cloud.Commands.Results).Error);
    }

    [Fact]
    public async Task A_result_that_the_file_would_not_take_is_stored_as_soon_as_it_does_and_before_the_next_command_runs()
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain: false));
        _world.Cloud.Commands.Create("work", "1");
        _world.Cloud.Commands.Create("work", "2");
        await _world.SyncAsync();
        _world.Execute("CREATE TRIGGER full BEFORE UPDATE ON command_queue WHEN NEW.state = 'done' BEGIN SELECT RAISE(ABORT, 'disk full'); END");
        using var stop = new CancellationTokenSource();
        var left = 2;
        _world.Device.Parts.Runner.Completed = () => _ = --left == 0 ? stop.CancelAsync() : Task.CompletedTask;
        var running = _world.Device.Parts.Runner.RunAsync(stop.Token);
        Assert.Single(_ran);

        _world.Execute("DROP TRIGGER full");
        _world.Time.Advance(_world.Options.BackoffMax);
        await running.WaitAsync(TestContext.Current.CancellationToken);
        await _world.SyncAsync();

        Assert.Equal(2, _ran.Count);
        Assert.All(_world.Cloud.Commands.Results, result => Assert.Equal(CommandOutcome.Succeeded, result.Outcome));
        Assert.Equal(["1", "2"], _world.Cloud.Commands.Results.Select(result => result.Result?.Text));
    }

    [Fact]
    public async Task A_command_that_is_over_is_dropped_and_kept_as_known()
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain: false));
        var id = _world.Cloud.Commands.Create("work");
        _world.Cloud.Before = request =>
        {
            if (request.RequestUri!.AbsolutePath == Routes.CommandReceipts)
            {
                _world.Cloud.Commands.States[id] = CommandState.Cancelled;
            }

            return null;
        };

        await SyncRunSyncAsync();

        Assert.Empty(_ran);
        Assert.Equal(0, _world.Device.Status.PendingCommands);
    }

    [Fact]
    public async Task A_confirmed_command_that_is_delivered_again_is_reported_again_and_not_run()
    {
        await UseHandlersAsync(Recorder("work", mayRunAgain: true));
        var id = _world.Cloud.Commands.Create("work");
        await SyncRunSyncAsync();
        _world.Cloud.Commands.States[id] = CommandState.Pending;

        _world.Cloud.IntentVersion = 9;
        _world.Append(1);
        await SyncRunSyncAsync();
        await _world.SyncAsync();

        Assert.Single(_ran);
        Assert.Equal(2, _world.Cloud.Commands.Results.Count);
    }

    [Fact]
    public async Task A_result_that_is_refused_for_good_does_not_hold_up_the_others()
    {
        var poison = _world.Cloud.Commands.Create("ping");
        for (var i = 0; i < 5; i++)
        {
            _world.Cloud.Commands.Create("ping");
        }

        await _world.SyncAsync();
        await _world.RunCommandsAsync();
        _world.Cloud.Before = request => request.RequestUri!.AbsolutePath == Routes.CommandResults && Body(request).Contains(poison.ToString(), StringComparison.Ordinal)
            ? ControlPlaneDouble.Answer(ProblemTypes.Validation.With("no"))
            : null;
        await _world.SyncAsync();

        Assert.Equal(5, _world.Cloud.Commands.Results.Count);
        Assert.Equal(0, _world.Device.Status.PendingCommands);
        Assert.Contains(_world.Device.ReadSyncLog(20), line => line.Event == "result-refused");
    }

    [Theory]
    [InlineData("not-found")]
    [InlineData("method-not-allowed")]
    public async Task A_result_that_was_answered_in_the_wrong_place_is_kept_and_sent_again(string code)
    {
        _world.Cloud.Commands.Create("ping");
        await _world.SyncAsync();
        await _world.RunCommandsAsync();
        _world.Cloud.Before = request => request.RequestUri!.AbsolutePath == Routes.CommandResults
            ? ControlPlaneDouble.Answer(ProblemTypes.All.Single(type => type.Code == code).With("an upgrade is under way"))
            : null;
        await _world.SyncAsync();
        Assert.Equal(1, _world.Device.Status.PendingCommands);
        _world.Cloud.Before = static _ => null;
        _world.Time.Advance(_world.Options.BackoffMax);

        await _world.SyncAsync();

        Assert.Equal(CommandOutcome.Succeeded, Assert.Single(_world.Cloud.Commands.Results).Outcome);
    }

    [Fact]
    public async Task Pulling_says_which_run_and_stream_asks()
    {
        await _world.SyncAsync();

        var (boot, epoch) = (_world.Device.Status.Boot, _world.Device.Status.LiveEpoch);
        Assert.Contains($"GET /v1/commands?wait=0&epoch={epoch}&boot={boot.Number}&nonce={boot.Nonce}", _world.Cloud.Requests);
    }

    [Fact]
    public void Two_handlers_for_one_kind_are_refused()
    {
        _world.Handlers.AddRange([Recorder("work", true), Recorder("work", true)]);
        _world.Options = _world.Options with { DatabasePath = _world.Options.DatabasePath + "2" };

        Assert.Contains("Two handlers are registered for command kind 'work'", Assert.Throws<ArgumentException>(_world.Open).Message, StringComparison.Ordinal);
    }

    private static string Body(HttpRequestMessage request)
    {
        using var reader = new StreamReader(request.Content!.ReadAsStream());
        return reader.ReadToEnd();
    }

    private CommandHandler Recorder(string kind, bool mayRunAgain) => new(kind, mayRunAgain, (context, _) =>
    {
        _ran.Add(context.Kind);
        return Task.FromResult<JsonValue?>(context.Payload);
    });

    private Task UseHandlersAsync(params CommandHandler[] handlers)
    {
        _world.Handlers.AddRange(handlers);
        return _world.RestartAsync();
    }

    private async Task SyncRunSyncAsync()
    {
        await _world.SyncAsync();
        await _world.RunCommandsAsync();
        await _world.SyncAsync();
    }
}
