using System.Net;
using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>What the device sends of a conflict, and goes by until it is answered.</summary>
public sealed class ConfigConflictTests : IAsyncDisposable
{
    private static readonly string[] Keys = ["last", "cloud", "device", "max", "min", "union", "merge", "custom", "other"];

    private static readonly ConfigRule[] Rules =
        [ConfigRule.LastWriterWins, ConfigRule.CloudWins, ConfigRule.DeviceWins, ConfigRule.Max, ConfigRule.Min, ConfigRule.Union, ConfigRule.JsonMerge, ConfigRule.Custom, ConfigRule.Custom];

    private static readonly string[] Values = ["1", "2.5", "\"text\"", "[1,2]", "[2,\"x\"]", """{"a":1,"b":{"c":1}}""", """{"a":2,"b":{"d":1}}""", """{"b":{"c":1}}"""];

    private readonly EdgeWorld _world = new();

    private ConfigDouble Cloud => _world.Cloud.Config;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Several_writes_are_sent_with_what_both_sides_had_before_the_first()
    {
        Use(ConfigRule.JsonMerge);
        Cloud.Set("pump", """{"speed":1,"mode":"eco"}""", Now());
        await _world.SyncAsync();
        var common = Cloud["pump"];
        _world.Device.Config.Set("pump", new JsonValue("""{"speed":1,"mode":"dry"}"""));
        _world.Device.Config.Set("pump", new JsonValue("""{"speed":1,"mode":"fast"}"""));
        Cloud.Set("pump", """{"speed":9,"mode":"eco"}""", Now());

        await _world.SyncAsync();

        Assert.Equal(new ConfigBase(common.Vector, common.Value), Sent().Base);
        Assert.Equal(("""{"mode":"fast","speed":9}""", ConfigWriters.Merge), (Cloud["pump"].Value?.Text, Cloud["pump"].Writer));
        Assert.Equal("""{"mode":"fast","speed":9}""", _world.Device.Config.Get("pump")?.Text);
        Assert.Equal(0, _world.Count("SELECT COUNT(*) FROM device_config WHERE dirty <> 0 OR base_vector IS NOT NULL"));
    }

    // The second write took back what the first had changed: against the value before both it would look as if it had changed nothing.
    [Fact]
    public async Task What_the_control_plane_has_taken_is_the_base_of_the_write_after_it()
    {
        Use(ConfigRule.JsonMerge);
        Cloud.Set("pump", """{"speed":1,"mode":"eco"}""", Now());
        await _world.SyncAsync();
        _world.Device.Config.Set("pump", new JsonValue("""{"speed":1,"mode":"fast"}"""));
        Cloud.Set("pump", """{"speed":9,"mode":"eco"}""", Now());
        WhileAnswered(() => _world.Device.Config.Set("pump", new JsonValue("""{"speed":1,"mode":"eco"}""")));

        await _world.SyncAsync();

        Assert.Equal("""{"mode":"eco","speed":9}""", Cloud["pump"].Value?.Text);
        Assert.Equal("""{"mode":"eco","speed":9}""", _world.Device.Config.Get("pump")?.Text);
        Assert.Equal(2, Cloud.Conflicts.Count);
    }

    [Fact]
    public async Task Until_a_conflict_is_answered_the_device_goes_by_what_both_sides_will_make_of_it()
    {
        var told = new List<(string?, bool)>();
        await MeetAsync(ConfigRule.Union, "[2]", "[1]", (_, change) => told.Add((change.Value?.Text, change.ByControlPlane)));

        Assert.Equal("[1,2]", _world.Device.Config.Get("key")?.Text);
        Assert.Equal([("[1]", false), ("[1,2]", true)], told);
        Assert.Empty(Cloud.Conflicts);
        Assert.Equal(1, _world.Count("SELECT COUNT(*) FROM device_config WHERE dirty = 1 AND value = '[1]' AND report IS NULL"));

        await AnswerAsync();

        Assert.Equal("[1,2]", _world.Device.Config.Get("key")?.Text);
        Assert.Equal(("[1,2]", 2), (Cloud["key"].Value?.Text, told.Count));
        Assert.Single(Cloud.Conflicts);
    }

    [Fact]
    public async Task What_the_device_rejects_does_not_come_into_force_meanwhile()
    {
        _world.Device.Config.Validator = static (_, value) => value?.Text == "[1,2]" ? "one at most" : null;

        await MeetAsync(ConfigRule.Union, "[2]", "[1]");

        Assert.Equal("[1]", _world.Device.Config.Get("key")?.Text);
        await AnswerAsync();
        Assert.Equal("[1]", _world.Device.Config.Get("key")?.Text);
        await _world.SyncAsync();
        Assert.Equal((ConfigStatus.Rejected, "one at most"), (Cloud.Reports[^1].Status, Cloud.Reports[^1].Reason));
    }

    [Theory]
    [InlineData("longer", "\"cloud\"")]
    [InlineData("unknown", "1")]
    public async Task A_device_without_the_resolver_waits_for_the_answer(string resolver, string meanwhile)
    {
        Cloud.Resolvers[resolver] = Longer;
        _world.Options = _world.Options with { ConfigResolvers = new Dictionary<string, ConfigResolver> { ["longer"] = Longer } };
        await _world.RestartAsync();

        await MeetAsync(ConfigRule.Custom, "\"cloud\"", "1", resolver: resolver);

        Assert.Equal(meanwhile, _world.Device.Config.Get("key")?.Text);
        await AnswerAsync();
        Assert.Equal("\"cloud\"", _world.Device.Config.Get("key")?.Text);
    }

    [Fact]
    public async Task Rules_are_told_once()
    {
        Use(ConfigRule.Max);

        await _world.SyncAsync();
        _world.Device.Config.Set("a", new JsonValue("1"));
        await _world.RestartAsync();
        await _world.SyncAsync();

        Assert.Equal((0, 2), (Cloud.Exchanges[0].RulesVersion, Cloud.Exchanges[^1].RulesVersion));
    }

    [Fact]
    public async Task A_value_made_of_both_whose_answer_was_lost_is_no_sign_of_an_older_file()
    {
        Use(ConfigRule.Union);
        var epoch = _world.Count("SELECT config_epoch FROM device_state");
        Cloud.Set("key", "[2]", Now());
        _world.Device.Config.Set("key", new JsonValue("[1]"));
        _world.Cloud.LoseAnswer = static request => request.RequestUri!.AbsolutePath == Routes.Config;
        await _world.SyncAsync();
        Assert.Equal("[1,2]", Cloud["key"].Value?.Text);

        _world.Cloud.LoseAnswer = static _ => false;
        await AnswerAsync();

        Assert.Equal(epoch, _world.Count("SELECT config_epoch FROM device_state"));
        Assert.Equal("[1,2]", _world.Device.Config.Get("key")?.Text);
        Assert.Single(Cloud.Conflicts);
    }

    [Theory]
    [InlineData("", "sent", "cloud", "base")]
    [InlineData("sent", "sent", "sent,cloud", "sent")]
    [InlineData("sent", "sent", "sent", "sent")]
    [InlineData("start", "start,sent", "start,cloud", "base")]
    public void A_base_moves_on_with_what_was_answered(string before, string sent, string answered, string expected)
    {
        var (first, theirs) = (Entry(sent, "1"), Entry(answered, "2"));
        var ours = first with { Vector = first.Vector.Increment("sent"), Base = new ConfigBase(Vector(before), new JsonValue("0")) };

        var common = ConfigDecision.Rebase(ours, first, theirs).Base!;

        Assert.Equal(expected == "base" ? Vector(before) : first.Vector, common.Vector);
    }

    private enum Step
    {
        DeviceWrites,
        DeviceDeletes,
        OperatorWrites,
        OperatorDeletes,
        Sync,
        SyncWithLostAnswer,
        WriteDuringExchange,
        WriteWhileAnswered,
        Restart,
    }

    [Fact]
    public async Task The_device_and_the_control_plane_converge_under_every_rule()
    {
        Cloud.Resolvers["longer"] = Cloud.Resolvers["unknown"] = Longer;
        _world.Options = _world.Options with { ConfigResolvers = new Dictionary<string, ConfigResolver> { ["longer"] = Longer } };
        await _world.RestartAsync();
        Cloud.Rules = new ConfigRuleSet(2, [.. Keys.Zip(Rules, static (key, rule) => new ConfigRulePattern(
            key, rule, rule != ConfigRule.Custom ? null : key == "other" ? "unknown" : "longer"))]);
        var epoch = _world.Count("SELECT config_epoch FROM device_state");
        var steps = Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 2], Gen.Int[0, Values.Length - 1]).Array[1, 25];
        // Both clocks go wrong, by two hours at most.
        var scripts = Gen.Select(Gen.Int[0, Keys.Length - 1], Gen.Long[-7_200_000_000, 7_200_000_000], steps);

        // Every rule has decided once, whatever the scripts come to.
        foreach (var key in Keys)
        {
            await RunAsync(Step.DeviceWrites, key, new JsonValue(Values[0]));
            await RunAsync(Step.OperatorWrites, key, new JsonValue(Values[1]));
        }

        await ConvergeAsync();
        Assert.Equal(Rules.Distinct().Order(), Cloud.Conflicts.Select(conflict => conflict.Rule).Distinct().Order());

        // One life of a device: each script goes on from where the one before has converged.
        await scripts.SampleAsync(
            async script =>
            {
                var (first, skew, todo) = script;
                Cloud.ServerTime = () => Now() + skew;
                foreach (var (step, key, value) in todo)
                {
                    await RunAsync(step, Keys[(first + key) % Keys.Length], new JsonValue(Values[value]));
                }

                await ConvergeAsync();

                Assert.Equal(0, _world.Count("SELECT COUNT(*) FROM device_config WHERE dirty <> 0 OR base_vector IS NOT NULL"));
                Assert.Equal(epoch, _world.Count("SELECT config_epoch FROM device_state"));
                Assert.All(Keys.Where(Cloud.Has), key => Assert.Equal(Cloud[key].Value, _world.Device.Config.Get(key)));
                Assert.Equal(Cloud.Conflicts.Count, Cloud.Conflicts.Select(conflict => conflict.Id).Distinct().Count());
            },
            iter: 60,
            threads: 1);
    }

    private async Task RunAsync(Step step, string key, JsonValue value)
    {
        _world.Time.Advance(_world.Options.BackoffMax);
        switch (step)
        {
            case Step.DeviceWrites:
                _world.Device.Config.Set(key, value);
                break;
            case Step.DeviceDeletes:
                _world.Device.Config.Delete(key);
                break;
            case Step.OperatorWrites:
            case Step.OperatorDeletes:
                Cloud.Set(key, step == Step.OperatorWrites ? value.Text : null, Cloud.ServerTime());
                _world.Cloud.IntentVersion++;
                break;
            case Step.SyncWithLostAnswer:
                _world.Cloud.LoseAnswer = static request => request.RequestUri!.AbsolutePath == Routes.Config;
                await _world.SyncAsync();
                _world.Cloud.LoseAnswer = static _ => false;
                break;
            case Step.WriteDuringExchange:
                var once = true;
                _world.Cloud.Before = request =>
                {
                    if (once && request.RequestUri!.AbsolutePath == Routes.Config)
                    {
                        once = false;
                        _world.Device.Config.Set(key, value);
                    }

                    return null;
                };
                await _world.SyncAsync();
                _world.Cloud.Before = static _ => null;
                break;
            case Step.WriteWhileAnswered:
                WhileAnswered(() => _world.Device.Config.Set(key, value));
                await _world.SyncAsync();
                _world.Cloud.LoseAnswer = static _ => false;
                break;
            case Step.Restart:
                await _world.RestartAsync();
                break;
            default:
                await _world.SyncAsync();
                break;
        }
    }

    private async Task ConvergeAsync()
    {
        _world.Cloud.IntentVersion++;
        _world.Append(1);
        for (var i = 0; i < 3; i++)
        {
            _world.Time.Advance(_world.Options.BackoffMax);
            await _world.SyncAsync();
        }
    }

    // The control plane's write arrives just after the device's own, and the exchange that is to tell of that one fails.
    private async Task MeetAsync(ConfigRule rule, string cloud, string device, EventHandler<ConfigChangedEventArgs>? changed = null, string? resolver = null)
    {
        Use(rule, resolver);
        Cloud.Set("key", cloud, Now());
        _world.Device.Config.Changed += changed;
        WhileAnswered(() => _world.Device.Config.Set("key", new JsonValue(device)));
        _world.Cloud.Before = request => request.RequestUri!.AbsolutePath == Routes.Config && Cloud.Exchanges.Count > 0
            ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
            : null;
        await _world.SyncAsync();
        _world.Cloud.Before = static _ => null;
    }

    private async Task AnswerAsync()
    {
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();
    }

    private void WhileAnswered(Action write)
    {
        var once = true;
        _world.Cloud.LoseAnswer = request =>
        {
            if (once && request.RequestUri!.AbsolutePath == Routes.Config)
            {
                once = false;
                write();
            }

            return false;
        };
    }

    private void Use(ConfigRule rule, string? resolver = null) => Cloud.Rules = new ConfigRuleSet(2, [new ConfigRulePattern("*", rule, resolver)]);

    private ConfigEntry Sent() => Cloud.Exchanges.Last(exchange => exchange.Changes.Count > 0).Changes.Single();

    private long Now() => _world.Time.GetMicroseconds();

    private static JsonValue? Longer(string key, JsonValue? earlier, JsonValue? later, JsonValue? common) => earlier?.Text.Length > (later?.Text.Length ?? 0) ? earlier : later;

    private static ConfigEntry Entry(string writers, string value) => new("a", Vector(writers), default, "sent", 0, new JsonValue(value));

    private static VersionVector Vector(string writers) =>
        writers.Split(',', StringSplitOptions.RemoveEmptyEntries).Aggregate(VersionVector.Empty, static (vector, writer) => vector.Increment(writer));
}
