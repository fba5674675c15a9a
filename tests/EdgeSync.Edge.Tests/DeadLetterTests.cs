using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>Readings that were set aside: listed, sent again, discarded, here and from afar; and nothing that is poison holds up anything else.</summary>
public sealed class DeadLetterTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task They_are_listed_in_pages_that_bear_deletion()
    {
        await SetAsideAsync(10);
        var first = _world.Device.ReadDeadLetters(4, after: null);
        _world.Device.DiscardDeadLetters(new DeadLetterSelection(first[^1].Name));

        var second = _world.Device.ReadDeadLetters(4, first[^1].Name);

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], first.Concat(second).Select(letter => (int)letter.Reading.Value!.Value));
        Assert.Empty(_world.Device.ReadDeadLetters(4, null, "no-such-cause"));
    }

    [Fact]
    public async Task A_replay_is_a_new_reading_that_names_the_old_one_and_is_stored_once()
    {
        await SetAsideAsync(3);
        _world.Cloud.Refuse = static reading => reading.Value == 2 ? ReadingRefusal.PayloadTooLarge : ReadingRefusal.None;
        var old = _world.Device.ReadDeadLetters(10).Single(letter => letter.Reading.Value == 1);

        Assert.Equal(3, _world.Device.ReplayDeadLetters(new DeadLetterSelection()).Replayed);
        Assert.Equal(0, _world.Device.ReplayDeadLetters(new DeadLetterSelection()).Replayed);
        await _world.SyncAsync();

        Assert.Equal([0, 1], _world.Cloud.StoredReadings.Select(reading => (int)reading.Value!.Value));
        Assert.Equal(old.Name, _world.Cloud.StoredReadings.Single(reading => reading.Value == 1).ReplayOf);
        // What is refused again is set aside again, under its new number.
        var left = Assert.Single(_world.Device.ReadDeadLetters(10));
        Assert.Equal((2, 6), ((int)left.Reading.Value!.Value, left.Number));
        Assert.Contains(_world.Device.ReadSyncLog(10), line => line.Event == "replayed");
    }

    [Fact]
    public async Task They_are_bounded_and_what_goes_is_counted_and_recorded()
    {
        _world.Options = _world.Options with { DeadLettersMax = 5 };
        await _world.RestartAsync();
        await SetAsideAsync(8);

        Assert.Equal((5, 3), (_world.Device.Status.DeadLetters, _world.Device.Parts.DeadLetters.CountDiscarded()));
        Assert.Equal([3, 4, 5, 6, 7], _world.Device.ReadDeadLetters(10, null).Select(letter => (int)letter.Reading.Value!.Value));
        Assert.Contains(_world.Device.ReadSyncLog(10), line => line.Event == "discarded");
    }

    [Fact]
    public async Task They_are_listed_replayed_and_discarded_from_afar()
    {
        await SetAsideAsync(6);
        _world.Cloud.Refuse = static _ => ReadingRefusal.None;
        var listed = JsonDocument.Parse((await RunAsync("list-dead-letters", """{"limit":2}""")).Result!.Value.Text).RootElement;
        Assert.Equal((6, 2), (listed.GetProperty("total").GetInt32(), listed.GetProperty("deadLetters").GetArrayLength()));
        var next = listed.GetProperty("next").GetString()!;
        listed = JsonDocument.Parse((await RunAsync("list-dead-letters", $$"""{"after":"{{next}}"}""")).Result!.Value.Text).RootElement;
        Assert.Equal((4, false), (listed.GetProperty("deadLetters").GetArrayLength(), listed.TryGetProperty("next", out _)));

        Assert.Equal("""{"discarded":1,"left":5}""", (await RunAsync("discard-dead-letters", $$"""{"entry":"{{next}}"}""")).Result?.Text);
        Assert.Equal("""{"replayed":2,"refused":[],"left":3}""", (await RunAsync("replay-dead-letters", """{"limit":2}""")).Result?.Text);
        Assert.Equal("""{"replayed":3,"refused":[],"left":0}""", (await RunAsync("replay-dead-letters", """{"cause":"payload-too-large"}""")).Result?.Text);
        await _world.SyncAsync();

        Assert.Equal([0, 2, 3, 4, 5], _world.Cloud.StoredReadings.Select(reading => (int)reading.Value!.Value).Order());
        Assert.Contains("EPOCH:NUMBER", (await RunAsync("discard-dead-letters", """{"entry":"seven"}""")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_has_as_many_as_a_result_has_room_for_and_goes_on()
    {
        await SetAsideAsync(400, new string('x', 400));
        var (seen, after) = (0, "");
        do
        {
            var result = (await RunAsync("list-dead-letters", $$"""{"limit":1000{{after}}}""")).Result!.Value.Text;
            Assert.InRange(result.Length, 1, Limits.CommandPayloadBytesMax);
            var page = JsonDocument.Parse(result).RootElement;
            seen += page.GetProperty("deadLetters").GetArrayLength();
            after = page.TryGetProperty("next", out var next) ? $$""","after":"{{next.GetString()}}" """ : "";
        }
        while (after.Length > 0);

        Assert.Equal(400, seen);
    }

    [Fact]
    public async Task Poison_of_each_kind_holds_up_nothing_else()
    {
        // A reading, a result, a written value: the whole request is refused while it is in it.
        _world.Cloud.RefuseWhole = static batch => batch.Entries().Any(entry => entry.Gap is null && batch.ReadingAt(entry.Index).Value == 7) ? ProblemTypes.Validation : null;
        _world.Cloud.Before = static request => request.RequestUri!.AbsolutePath is Routes.CommandResults or Routes.Config
            && request.Content!.ReadAsStringAsync(Ct).GetAwaiter().GetResult().Contains("poison", StringComparison.Ordinal)
                ? ControlPlaneDouble.Answer(ProblemTypes.MalformedBody.With("poison"))
                : null;
        _world.Handlers.Add(new CommandHandler("poison", MayRunAgain: true, static (_, _) => Task.FromResult<JsonValue?>(new JsonValue("\"poison\""))));
        await _world.RestartAsync();
        _world.Append(20);
        _world.Device.Config.Set("b", new JsonValue("\"poison\""));
        _world.Device.Config.Set("c", new JsonValue("1"));
        _world.Cloud.Commands.Create("poison");
        _world.Cloud.Commands.Create("ping");

        for (var pass = 0; pass < 5; pass++)
        {
            await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
            await _world.RunCommandsAsync();
            _world.Time.Advance(_world.Options.BackoffMax);
        }

        Assert.Equal(Enumerable.Range(0, 20).Except([7]), _world.Cloud.StoredReadings.Select(reading => (int)reading.Value!.Value));
        Assert.Equal("1", _world.Cloud.Config["c"].Value?.Text);
        Assert.Equal("\"poison\"", _world.Device.Config.Get("b")?.Text);
        Assert.Equal("{\"pong\":true}", Assert.Single(_world.Cloud.Commands.Results).Result?.Text);
        Assert.Equal((0, 0, "ok"), (_world.Device.Status.PendingRecords, _world.Device.Status.PendingCommands, _world.Device.Status.Reason));
    }

    [Fact]
    public async Task A_command_that_stops_the_program_each_time_is_given_up()
    {
        _world.Handlers.Add(new CommandHandler("crash", MayRunAgain: true, static (_, _) => Task.FromResult<JsonValue?>(null)));
        await _world.RestartAsync();
        _world.Cloud.Commands.Create("crash");
        for (var stop = 0; stop < 3; stop++)
        {
            await _world.SyncAsync();
            Assert.NotNull(_world.Device.Parts.Commands.BeginNext(_world.Device.Status.Boot.Number));
            await _world.RestartAsync();
        }

        await _world.SyncAsync();

        var result = Assert.Single(_world.Cloud.Commands.Results);
        Assert.Equal((CommandOutcome.Interrupted, "the device stopped 3 times while it ran"), (result.Outcome, result.Error));
    }

    private async Task SetAsideAsync(int count, string? text = null)
    {
        _world.Cloud.Refuse = static _ => ReadingRefusal.PayloadTooLarge;
        _world.Device.Append([.. Enumerable.Range(0, count).Select(i => new Reading("temperature", i, i, text is null ? null : $"\"{text}\""))]);
        for (var pass = 0; pass < 3; pass++)
        {
            await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
        }
    }

    private async Task<CommandResult> RunAsync(string kind, string payload)
    {
        var id = _world.Cloud.Commands.Create(kind, payload);
        _world.Cloud.IntentVersion++;
        _world.Device.Parts.Agent.NoteIntent(_world.Cloud.IntentVersion);
        await _world.SyncAsync();
        await _world.RunCommandsAsync();
        await _world.SyncAsync();
        return _world.Cloud.Commands.Results.Last(result => result.Id == id);
    }
}
