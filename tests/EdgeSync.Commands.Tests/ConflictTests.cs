using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands.Tests;

/// <summary>What operators see of conflicts, and do about them.</summary>
public abstract class ConflictTests(ContractDatabase on)
{
    private static readonly string Writer = ConfigWriters.Device(new Epoch(7));

    private static readonly ConfigRulePattern[] Largest = [new("limits.*", ConfigRule.Max)];

    [Fact]
    public async Task A_value_made_of_both_sides_is_kept_with_both_and_who_decided()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await host.Operator.SetRulesAsync([new ConfigRulePattern("tags", ConfigRule.Union)]);

        var merged = await ConflictAsync(host, device, "tags", "[2,1]", "[3,1]");

        Assert.Equal(("[1,2,3]", ConfigWriters.Merge, 2), (merged.Value?.Text, merged.Writer, merged.RuleVersion));
        var logged = Assert.Single((await device.ConflictsAsync()).Items);
        Assert.Equal(("[1,2,3]", "[3,1]", "[2,1]"), (logged.Kept?.Text, logged.Winner.Value?.Text, logged.Loser.Value?.Text));
        Assert.Equal((ConfigRule.Union, 2, host.Get<InstanceName>().Value), (logged.Rule, logged.RuleVersion, logged.DecidedBy));
        Assert.Equal(logged, await host.Operator.SendAsync<ConflictView>(HttpMethod.Get, $"{Path(device)}/{logged.Id}"));
        await host.Operator.SendAsync(HttpMethod.Get, $"{Path(device)}/{new string('0', 32)}").RefusedAsync(ProblemTypes.NotFound);
    }

    [Fact]
    public async Task Members_that_one_side_changed_are_merged_against_what_the_device_had_before()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await host.Operator.SetRulesAsync([new ConfigRulePattern("*", ConfigRule.JsonMerge)]);
        var common = (await device.PutAsync("pump", """{"speed":1,"mode":"eco"}""")).Entry;
        await device.PutAsync("pump", """{"speed":2,"mode":"eco"}""");
        var ours = Sent("pump", """{"speed":1,"mode":"fast"}""", host, common.Vector) with { Base = new ConfigBase(common.Vector, common.Value) };

        var merged = Assert.Single((await device.ExchangeAsync(1, [ours])).Entries);

        Assert.Equal("""{"mode":"fast","speed":2}""", merged.Value?.Text);
        Assert.Null(merged.Base);
        var logged = Assert.Single((await device.ConflictsAsync()).Items);
        Assert.Equal(ours.Base, logged.Winner.Base);
        var replay = await ReplayAsync(host, new ConflictReplay([new ConfigRulePattern("*", ConfigRule.JsonMerge)]));
        Assert.Equal((1, 0), (replay.Examined, replay.Different.Count));
    }

    [Fact]
    public async Task Rules_set_at_run_time_hold_from_the_next_exchange_on_and_are_sent_once()
    {
        await using var host = await CommandsHost.StartAsync(on, ("Commands:ConfigRules:0:Pattern", "*"), ("Commands:ConfigRules:0:Rule", "device-wins"));
        var device = await host.RegisterAsync();
        Assert.Equal("9", (await ConflictAsync(host, device, "limits.a", "50", "9")).Value?.Text);

        var set = await host.Operator.SetRulesAsync(Largest, expectedVersion: 1, note: "after the audit");
        var setAt = host.Time.GetMicroseconds();

        Assert.Equal("50", (await ConflictAsync(host, device, "limits.b", "50", "9")).Value?.Text);
        Assert.Equal((2, "after the audit", setAt), (set.Rules.Version, set.Note, set.SetAt));
        Assert.Equal(Largest, (await ExchangeAsync(device, rulesVersion: 1)).Rules?.Patterns);
        Assert.Null((await ExchangeAsync(device, rulesVersion: 2)).Rules);
        Assert.Equal(ConfigRule.DeviceWins, (await RulesAsync(host, "?version=1")).Rules.RuleFor("a"));
        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.ConfigRules}?version=3").RefusedAsync(ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.ConfigRules}?version=x").RefusedAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task Rules_that_changed_since_they_were_read_are_not_replaced_and_the_same_rules_are_no_new_version()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var first = await host.Operator.SetRulesAsync(Largest, expectedVersion: 1);

        await host.Operator.SendAsync(HttpMethod.Put, Routes.ConfigRules, new ConfigRulesWrite([], 1)).RefusedAsync(ProblemTypes.VersionConflict);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        var again = await host.Operator.SetRulesAsync(Largest);

        Assert.Equal((2, 2, first.SetAt), (first.Rules.Version, again.Rules.Version, again.SetAt));
        Assert.Equal(2, await host.CountAsync("SELECT COUNT(*) FROM config_rules"));
        Assert.Equal(2, (await RulesAsync(host)).Rules.Version);
    }

    [Theory]
    [InlineData("limits *", ConfigRule.Max, null, "patterns[0].pattern")]
    [InlineData("a", ConfigRule.Custom, null, "patterns[0].resolver")]
    [InlineData("a", ConfigRule.Custom, "other", "patterns[0].resolver")]
    [InlineData("a", ConfigRule.Max, "other", "patterns[0].resolver")]
    public async Task Rules_that_cannot_hold_are_refused(string pattern, ConfigRule rule, string? resolver, string field)
    {
        await using var host = await CommandsHost.StartAsync(on);

        var problem = await host.Operator.SendAsync(HttpMethod.Put, Routes.ConfigRules, new ConfigRulesWrite([new ConfigRulePattern(pattern, rule, resolver)])).RefusedAsync(ProblemTypes.Validation);

        Assert.Equal(field, Assert.Single(problem.Errors!).Key);
    }

    [Fact]
    public async Task Conflicts_of_the_fleet_are_found_by_device_key_rule_and_time()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var (pump, valve) = (await host.RegisterAsync(), await host.RegisterAsync("11111111-3a52-4c8e-9d0a-2f1f6c1b7a10"));
        await host.Operator.SetRulesAsync(Largest);
        var times = new List<long>();
        foreach (var (device, key) in new[] { (pump, "limits.a_b"), (valve, "limits.axb"), (pump, "Limits.a_b"), (valve, "mode") })
        {
            await ConflictAsync(host, device, key, "1", "2");
            times.Add(host.Time.GetMicroseconds());
        }

        Assert.Equal(["mode", "Limits.a_b", "limits.axb", "limits.a_b"], await KeysAsync(""));
        Assert.Equal(["mode", "limits.axb"], await KeysAsync($"?device={valve.Id}"));
        Assert.Equal(["limits.axb", "limits.a_b"], await KeysAsync("?key=limits.*"));
        Assert.Equal(["limits.a_b"], await KeysAsync("?key=*s.a_b&rule=max"));
        Assert.Equal(["mode", "Limits.a_b"], await KeysAsync("?rule=last-writer-wins"));
        Assert.Equal(["Limits.a_b", "limits.axb"], await KeysAsync($"?from={times[1]}&to={times[3]}"));
        Assert.Equal(["limits.a_b"], (await pump.ConflictsAsync("?key=limits.*")).Items.Select(conflict => conflict.Winner.Key));
        var first = await host.Operator.SendAsync<Page<ConflictView>>(HttpMethod.Get, $"{Routes.Conflicts}?limit=3");
        Assert.Equal(["limits.a_b"], await KeysAsync($"?limit=3&after={first.Next}"));
        foreach (var query in new[] { "device=x", "key=a%20b", "rule=best", "from=noon", "to=noon", "unresolved=maybe", "after=x", "limit=0" })
        {
            await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.Conflicts}?{query}").RefusedAsync(ProblemTypes.Validation);
        }

        async Task<IEnumerable<string>> KeysAsync(string query) =>
            (await host.Operator.SendAsync<Page<ConflictView>>(HttpMethod.Get, $"{Routes.Conflicts}{query}")).Items.Select(conflict => conflict.Winner.Key);
    }

    [Fact]
    public async Task A_decision_by_hand_is_a_new_version_of_the_key_and_stays_with_the_conflict()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await ConflictAsync(host, device, "mode", "\"cloud\"", "\"panel\"");
        var conflict = Assert.Single((await device.ConflictsAsync("?unresolved=true")).Items);
        var before = (await device.ExchangeAsync(0)).IntentVersion;

        var resolved = await ResolveAsync(host, device, conflict.Id, new ResolveConflict(ConflictPick.Loser, null, 2, "the panel was wrong"));

        var entry = Assert.Single((await device.DocumentAsync()).Entries);
        Assert.Equal(("\"cloud\"", ConfigWriters.Cloud, 3), (entry.Entry.Value?.Text, entry.Entry.Writer, entry.Version));
        Assert.Equal(new ConflictResolution(3, host.Time.GetMicroseconds(), new JsonValue("\"cloud\""), "the panel was wrong"), resolved.Resolution);
        Assert.Equal(before + 1, (await device.ExchangeAsync(3)).IntentVersion);
        Assert.Empty((await device.ConflictsAsync("?unresolved=true")).Items);
        Assert.Equal(resolved, Assert.Single((await device.ConflictsAsync()).Items));
        await host.Operator.SendAsync(HttpMethod.Post, $"{Path(device)}/{conflict.Id}/resolve", new ResolveConflict(null, new JsonValue("1"), 2)).RefusedAsync(ProblemTypes.VersionConflict);

        var edited = await ResolveAsync(host, device, conflict.Id, new ResolveConflict(null, new JsonValue("\"third\"")));

        Assert.Equal((4, "\"third\"", null), (edited.Resolution!.Version, edited.Resolution.Value?.Text, edited.Resolution.Note));
    }

    [Fact]
    public async Task Picking_a_deletion_deletes_even_what_is_deleted_already()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await ConflictAsync(host, device, "mode", "1", null);
        var conflict = Assert.Single((await device.ConflictsAsync()).Items);
        Assert.Empty((await device.DocumentAsync()).Entries);

        var resolved = await ResolveAsync(host, device, conflict.Id, new ResolveConflict(ConflictPick.Winner));

        Assert.Equal(new ConflictResolution(2, host.Time.GetMicroseconds()), resolved.Resolution);
        await ResolveAsync(host, device, conflict.Id, new ResolveConflict(ConflictPick.Loser));
        Assert.Equal("1", Assert.Single((await device.DocumentAsync()).Entries).Entry.Value?.Text);
    }

    [Fact]
    public async Task A_decision_that_is_none_is_refused()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await ConflictAsync(host, device, "mode", "1", "2");
        var path = $"{Path(device)}/{Assert.Single((await device.ConflictsAsync()).Items).Id}/resolve";

        foreach (var wrong in new[] { new ResolveConflict(), new ResolveConflict(ConflictPick.Winner, new JsonValue("1")), new ResolveConflict(ConflictPick.Winner, Note: new string('x', 257)) })
        {
            await host.Operator.SendAsync(HttpMethod.Post, path, wrong).RefusedAsync(ProblemTypes.Validation);
        }

        await host.Operator.SendAsync(HttpMethod.Post, $"{Path(device)}/{new string('0', 32)}/resolve", new ResolveConflict(ConflictPick.Winner)).RefusedAsync(ProblemTypes.NotFound);
    }

    [Fact]
    public async Task A_replay_says_what_other_rules_would_have_kept_and_changes_nothing()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await ConflictAsync(host, device, "limits.a", "5", "3");
        await ConflictAsync(host, device, "limits.b", "3", "5");
        await ConflictAsync(host, device, "mode", "5", "3");

        var replay = await ReplayAsync(host, new ConflictReplay(Largest));

        Assert.Equal((3, null), (replay.Examined, replay.Next));
        var different = Assert.Single(replay.Different);
        Assert.Equal(("limits.a", "3", "5", ConfigRule.Max), (different.Conflict.Winner.Key, different.Conflict.Kept?.Text, different.WouldKeep?.Text, different.Rule));
        Assert.Equal(1, (await ReplayAsync(host, new ConflictReplay(Largest, device.Id, "mode"))).Examined);
        Assert.Equal(0, (await ReplayAsync(host, new ConflictReplay(Largest, DeviceId.Parse("11111111-3a52-4c8e-9d0a-2f1f6c1b7a10")))).Examined);
        Assert.Equal(1, await host.CountAsync("SELECT COUNT(*) FROM config_rules"));
        await host.Operator.SendAsync(HttpMethod.Post, Routes.ConflictReplay, new ConflictReplay([new ConfigRulePattern("a b", ConfigRule.Max)])).RefusedAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task A_row_from_before_values_were_made_of_both_kept_the_winners()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await ConflictAsync(host, device, "mode", "1", "2");
        await host.ExecuteAsync("UPDATE conflict_log SET kept = NULL, decided_by = NULL");

        Assert.Equal("2", Assert.Single((await device.ConflictsAsync()).Items).Kept?.Text);
        Assert.Empty((await ReplayAsync(host, new ConflictReplay([]))).Different);
    }

    // The device's write is the later one.
    private static async Task<ConfigEntry> ConflictAsync(CommandsHost host, DeviceDriver device, string key, string cloud, string? panel)
    {
        // The clock has passed what the panel wrote before.
        host.Time.Advance(TimeSpan.FromSeconds(2));
        await device.PutAsync(key, cloud);
        return (await device.ExchangeAsync(0, [Sent(key, panel, host)])).Entries.Single(entry => entry.Key == key);
    }

    private static ConfigEntry Sent(string key, string? value, CommandsHost host, VersionVector? seen = null) => new(
        key, (seen ?? VersionVector.Empty).Increment(Writer), new HybridTime(host.Time.GetMicroseconds() + 1_000_000, 0), Writer, 0, value is null ? null : new JsonValue(value));

    private static Task<ConfigAnswer> ExchangeAsync(DeviceDriver device, int rulesVersion) =>
        device.Client.SendAsync<ConfigAnswer>(HttpMethod.Post, Routes.Config, new ConfigExchange(device.Boot, 99, [], [], rulesVersion));

    private static Task<ConfigRulesView> RulesAsync(CommandsHost host, string query = "") => host.Operator.SendAsync<ConfigRulesView>(HttpMethod.Get, Routes.ConfigRules + query);

    private static Task<ConflictReplayAnswer> ReplayAsync(CommandsHost host, ConflictReplay replay) =>
        host.Operator.SendAsync<ConflictReplayAnswer>(HttpMethod.Post, Routes.ConflictReplay, replay);

    private static Task<ConflictView> ResolveAsync(CommandsHost host, DeviceDriver device, string conflict, ResolveConflict resolve) =>
        host.Operator.SendAsync<ConflictView>(HttpMethod.Post, $"{Path(device)}/{conflict}/resolve", resolve);

    private static string Path(DeviceDriver device) => $"{Routes.Devices}/{device.Id}/conflicts";
}

internal static class RuleCalls
{
    public static Task<ConfigRulesView> SetRulesAsync(this HttpClient client, IReadOnlyList<ConfigRulePattern> patterns, int? expectedVersion = null, string? note = null) =>
        client.SendAsync<ConfigRulesView>(HttpMethod.Put, Routes.ConfigRules, new ConfigRulesWrite(patterns, expectedVersion, note));
}

public sealed class ConflictTestsOnSqlite() : ConflictTests(ContractDatabase.Sqlite);

public sealed class ConflictTestsOnServer() : ConflictTests(ContractDatabase.Server);

public sealed class ConflictTestsOfDoubtfulCommits() : ConflictTests(ContractDatabase.DoubtfulServer);
