using System.Net;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class ConfigExchangeTests(ContractDatabase on)
{
    private static readonly string Writer = ConfigWriters.Device(new Epoch(7));

    [Fact]
    public async Task What_an_operator_writes_reaches_the_device_once()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var written = await device.PutAsync("sampling.interval", "5");

        var first = await device.ExchangeAsync(knownVersion: 0);
        var second = await device.ExchangeAsync(first.Version);

        Assert.Equal(written.Entry, Assert.Single(first.Entries));
        Assert.Equal((1, true, false, 1), (first.Version, first.Snapshot, first.More, first.IntentVersion));
        Assert.Equal((1, false, false), (second.Version, second.Snapshot, second.More));
        Assert.Empty(second.Entries);
    }

    [Fact]
    public async Task A_device_without_configuration_gets_an_empty_snapshot()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        var answer = await device.ExchangeAsync(knownVersion: 0);

        Assert.Equal((0, true, false), (answer.Version, answer.Snapshot, answer.More));
        Assert.Empty(answer.Entries);
        Assert.Equal(host.Time.GetMicroseconds(), answer.ServerTime);
    }

    [Fact]
    public async Task Two_writers_conflict_once_and_both_sides_converge()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var fromCloud = (await device.PutAsync("sampling.interval", "5")).Entry;
        var fromDevice = new ConfigEntry("sampling.interval", VersionVector.Empty.Increment(Writer), fromCloud.Time with { Logical = 5 }, Writer, 0, new JsonValue("9"));

        var first = await device.ExchangeAsync(0, [fromDevice]);
        var lost = await device.ExchangeAsync(0, [fromDevice]);

        var merged = Assert.Single(first.Entries);
        Assert.Equal(merged, Assert.Single(lost.Entries));
        Assert.Equal(new JsonValue("9"), merged.Value);
        Assert.Equal(merged, ConfigMerge.Merge(device.Id, fromDevice, merged, first.Rules!).Entry);
        var conflict = Assert.Single((await device.ConflictsAsync()).Items);
        Assert.Equal((fromDevice, fromCloud, ConfigRule.LastWriterWins), (conflict.Winner, conflict.Loser, conflict.Rule));
        Assert.Equal(merged, Assert.Single((await device.DocumentAsync()).Entries).Entry);
    }

    [Fact]
    public async Task The_last_page_carries_the_hash_of_the_whole_document_with_its_markers()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        for (var i = 0; i < Limits.ConfigEntriesMax + 1; i++)
        {
            await device.PutAsync($"key{i:D3}", "1");
        }

        await device.DeleteAsync("key005");
        var first = await device.ExchangeAsync(knownVersion: 0);
        var last = await device.ExchangeAsync(first.Version);

        Assert.Equal((true, null), (first.More, first.DocumentHash));
        var entries = first.Entries.Concat(last.Entries).ToDictionary(entry => entry.Key, entry => entry.Vector);
        Assert.Equal((Limits.ConfigEntriesMax + 1, ConfigDocumentHash.Of(entries.Select(pair => (pair.Key, pair.Value)))), (entries.Count, last.DocumentHash));
    }

    [Fact]
    public async Task A_device_write_while_an_exchange_was_under_way_is_in_the_conflict_log_too()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var replica = new ConfigReplica(device.Id, host.Get<ConfigExchangeStore>(), host.Time);
        await device.PutAsync("mode", "1");

        await replica.ExchangeAsync(during: () => replica.Write("mode", new JsonValue("2")));
        Assert.Empty((await device.ConflictsAsync()).Items);
        await replica.ExchangeAsync();

        Assert.False(replica.HasUnconfirmed);
        var conflict = Assert.Single((await device.ConflictsAsync()).Items);
        Assert.Equal(["1", "2"], new[] { conflict.Winner.Value!.Value.Text, conflict.Loser.Value!.Value.Text }.Order());
    }

    [Fact]
    public async Task The_rule_of_a_pattern_decides_a_conflict()
    {
        await using var host = await CommandsHost.StartAsync(on, ("Commands:ConfigRules:0:Pattern", "limits.*"), ("Commands:ConfigRules:0:Rule", "cloud-wins"));
        var device = await host.RegisterAsync();
        await device.PutAsync("limits.speed", "5");
        var later = new HybridTime(host.Time.GetMicroseconds() + 10_000_000, 0);

        var answer = await device.ExchangeAsync(0, [new ConfigEntry("limits.speed", VersionVector.Empty.Increment(Writer), later, Writer, 0, new JsonValue("9"))]);

        Assert.Equal(new JsonValue("5"), Assert.Single(answer.Entries).Value);
    }

    [Fact]
    public async Task Conflicts_are_listed_newest_first_in_pages()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        for (var i = 0; i < 3; i++)
        {
            await device.PutAsync($"key{i}", "1");
            await device.ExchangeAsync(0, [new ConfigEntry($"key{i}", VersionVector.Empty.Increment(Writer), default, Writer, 0, new JsonValue("2"))]);
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var first = await device.ConflictsAsync("?limit=2");
        var second = await device.ConflictsAsync($"?limit=2&after={first.Next}");

        Assert.Equal(["key2", "key1", "key0"], first.Items.Concat(second.Items).Select(conflict => conflict.Winner.Key));
        Assert.Null(second.Next);
        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.Devices}/{device.Id}/conflicts?after=x").RefusedAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task A_long_document_comes_in_pages_and_ends_with_its_version()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var keys = Enumerable.Range(0, 250).Select(i => $"key{i}").ToList();
        foreach (var chunk in keys.Chunk(Limits.ConfigEntriesMax))
        {
            await device.ExchangeAsync(0, [.. chunk.Select(key => Written(key, "1"))]);
        }

        var pages = new List<ConfigAnswer>();
        do
        {
            pages.Add(await device.ExchangeAsync(pages.Count == 0 ? 0 : pages[^1].Version));
        }
        while (pages[^1].More);

        Assert.Equal([(true, true, 100), (false, true, 100), (false, false, 50)], pages.Select(page => (page.Snapshot, page.More, page.Entries.Count)));
        Assert.Equal(keys.Order(), pages.SelectMany(page => page.Entries).Select(entry => entry.Key).Order());
        Assert.Equal(250, pages[^1].Version);
    }

    [Fact]
    public async Task Large_values_come_in_several_pages()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var large = $"\"{new string('x', Limits.ConfigValueBytesMax - 2)}\"";
        for (var i = 0; i < 20; i++)
        {
            await device.PutAsync($"key{i}", large);
        }

        var first = await device.ExchangeAsync(0);
        var second = await device.ExchangeAsync(first.Version);

        Assert.True(first.More);
        Assert.Equal(20, first.Entries.Count + second.Entries.Count);
    }

    [Fact]
    public async Task A_version_that_the_control_plane_does_not_have_is_answered_with_a_snapshot()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await device.PutAsync("sampling.interval", "5");

        var answer = await device.ExchangeAsync(knownVersion: 99);

        Assert.Equal((true, 1), (answer.Snapshot, answer.Version));
        Assert.Single(answer.Entries);
    }

    [Fact]
    public async Task A_reserved_key_from_a_device_becomes_a_marker_that_the_device_takes()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var sent = Written("edgesync.owner", "\"mine\"");

        var answer = await device.ExchangeAsync(0, [sent]);
        var again = await device.ExchangeAsync(answer.Version, [sent]);

        var marker = Assert.Single(answer.Entries);
        Assert.Null(marker.Value);
        Assert.Equal(marker, ConfigMerge.Merge(device.Id, sent, marker, answer.Rules!).Entry);
        Assert.Equal((marker, answer.Version), (Assert.Single(again.Entries), again.Version));
        Assert.Empty((await device.DocumentAsync()).Entries);
        Assert.NotNull(SignedConfig.Carried((await device.PutAsync("edgesync.owner", "\"fleet\"")).Entry.Value));
    }

    [Fact]
    public async Task A_write_of_a_key_that_has_changed_since_it_was_read_is_refused()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var path = $"{device.ConfigPath}/sampling.interval";

        var first = await device.PutAsync("sampling.interval", "5", expectedVersion: 0);
        var second = await device.PutAsync("sampling.interval", "6", first.Version);

        Assert.Equal((1, 2), (first.Version, second.Version));
        await host.Operator.SendAsync(HttpMethod.Put, path, new ConfigWrite(new JsonValue("7"), first.Version)).RefusedAsync(ProblemTypes.VersionConflict);
        await host.Operator.SendAsync(HttpMethod.Put, path, new ConfigWrite(new JsonValue("7"), 0)).RefusedAsync(ProblemTypes.VersionConflict);
        Assert.Equal(second, await host.Operator.SendAsync<ConfigView>(HttpMethod.Get, path));
    }

    [Fact]
    public async Task A_deleted_key_leaves_a_marker_for_the_device_and_reads_as_absent()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var written = await device.PutAsync("sampling.interval", "5");

        Assert.Equal(HttpStatusCode.NoContent, (await device.DeleteAsync("sampling.interval")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await device.DeleteAsync("sampling.interval")).StatusCode);

        var marker = Assert.Single((await device.ExchangeAsync(written.Version)).Entries);
        Assert.Null(marker.Value);
        Assert.Equal(VectorOrder.After, marker.Vector.CompareTo(written.Entry.Vector));
        Assert.Empty((await device.DocumentAsync()).Entries);
        await host.Operator.SendAsync(HttpMethod.Get, $"{device.ConfigPath}/sampling.interval").RefusedAsync(ProblemTypes.NotFound);
        await device.DeleteAsync("never.written").RefusedAsync(ProblemTypes.NotFound);
        Assert.Equal(3, (await device.PutAsync("sampling.interval", "6", expectedVersion: 0)).Version);
    }

    [Fact]
    public async Task Reports_are_kept_with_the_key_and_a_delayed_one_changes_nothing()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var old = await device.PutAsync("sampling.interval", "-1");
        var current = await device.PutAsync("sampling.interval", "5");
        var applied = new ConfigReport("sampling.interval", current.Entry.Vector, ConfigStatus.Applied, null);

        await device.ExchangeAsync(2, reports: [applied, new ConfigReport("unknown", current.Entry.Vector, ConfigStatus.Applied, null)]);
        await device.ExchangeAsync(2, reports: [new ConfigReport("sampling.interval", old.Entry.Vector, ConfigStatus.Rejected, "negative")]);

        var view = Assert.Single((await device.DocumentAsync()).Entries);
        Assert.Equal((applied, 2), (view.Report, view.Version));
    }

    [Fact]
    public async Task More_keys_than_a_document_may_have_are_refused_whole()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        foreach (var chunk in Enumerable.Range(0, Limits.ConfigKeysMax - 1).Chunk(Limits.ConfigEntriesMax))
        {
            await device.ExchangeAsync(0, [.. chunk.Select(i => Written($"key{i}", "1"))]);
        }

        var exchange = new ConfigExchange(device.Boot, 0, [Written("one.more", "1"), Written("two.more", "1")], []);
        var problem = await device.Client.SendAsync(HttpMethod.Post, Routes.Config, exchange).RefusedAsync(ProblemTypes.Validation);
        await device.PutAsync("last", "1");
        await host.Operator.SendAsync(HttpMethod.Put, $"{device.ConfigPath}/over", new ConfigWrite(new JsonValue("1"))).RefusedAsync(ProblemTypes.Validation);

        Assert.Equal("changes", Assert.Single(problem.Errors!).Key);
        Assert.Equal(Limits.ConfigKeysMax, await host.CountAsync("SELECT COUNT(*) FROM device_configs"));
    }

    [Theory]
    [InlineData("sampling..interval", "1", "key")]
    [InlineData("sampling.interval", "null", "value")]
    public async Task A_write_with_bad_values_is_refused(string key, string value, string field)
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        var problem = await host.Operator.SendAsync(HttpMethod.Put, $"{device.ConfigPath}/{key}", new ConfigWrite(new JsonValue(value))).RefusedAsync(ProblemTypes.Validation);

        Assert.Equal(field, Assert.Single(problem.Errors!).Key);
    }

    public static TheoryData<string, string> BadChanges => new()
    {
        { """{"key":"a b","vector":{"device:7":"1"},"time":{"wall":"1","logical":0},"writer":"device:7","ruleVersion":0}""", "changes[0].key" },
        { """{"key":"a","vector":{},"time":{"wall":"1","logical":0},"writer":"device:7","ruleVersion":0}""", "changes[0].vector" },
        { """{"key":"a","vector":{"device:7":"1","cloud":"9223372036854775807"},"time":{"wall":"1","logical":0},"writer":"device:7","ruleVersion":0}""", "changes[0].vector" },
        { """{"key":"a","vector":{"me":"1"},"time":{"wall":"1","logical":0},"writer":"me","ruleVersion":0}""", "changes[0].writer" },
        { """{"key":"a","vector":{"device:7":"1"},"time":{"wall":"1","logical":-1},"writer":"device:7","ruleVersion":0}""", "changes[0].time" },
        { """{"key":"a","vector":{"device:7":"1"},"time":{"wall":"1","logical":0},"writer":"device:7","ruleVersion":-1}""", "changes[0].ruleVersion" },
        { $$"""{"key":"a","value":"{{new string('x', Limits.ConfigValueBytesMax)}}","vector":{"device:7":"1"},"time":{"wall":"1","logical":0},"writer":"device:7","ruleVersion":0}""", "changes[0].value" },
        { "null", "changes[0]" },
    };

    [Theory]
    [MemberData(nameof(BadChanges))]
    public void A_change_with_bad_values_is_refused(string entry, string field)
    {
        var json = $$"""{"boot":{"number":"1","nonce":"1"},"knownVersion":"0","changes":[{{entry}}],"reports":[]}""";

        var errors = ConfigMessageRules.Check(JsonSerializer.Deserialize(json, ProtocolJson.Default.ConfigExchange)!);

        Assert.Equal(field, Assert.Single(errors.All).Key);
    }

    [Fact]
    public async Task An_exchange_with_bad_values_is_answered_with_what_to_change()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        var problem = await device.Client.SendAsync(HttpMethod.Post, Routes.Config, new ConfigExchange(default, -1, [Written("a b", "1"), Written("a", "1"), Written("a", "2")], []))
            .RefusedAsync(ProblemTypes.Validation);

        Assert.Equal(["boot", "changes[0].key", "changes[2].key", "knownVersion"], problem.Errors!.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_vector_does_not_outgrow_what_a_message_may_hold()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        for (var i = 1; i <= Limits.VectorWritersMax; i++)
        {
            await device.ExchangeAsync(0, [Written("key", "1", ConfigWriters.Device(new Epoch(i)))]);
        }

        var exchange = new ConfigExchange(device.Boot, 0, [Written("key", "1", ConfigWriters.Device(new Epoch(99)))], []);
        await device.Client.SendAsync(HttpMethod.Post, Routes.Config, exchange).RefusedAsync(ProblemTypes.Validation);
        await host.Operator.SendAsync(HttpMethod.Put, $"{device.ConfigPath}/key", new ConfigWrite(new JsonValue("1"))).RefusedAsync(ProblemTypes.Validation);

        Assert.Equal(Limits.VectorWritersMax, Assert.Single((await device.DocumentAsync()).Entries).Entry.Vector.Count);
    }

    private static ConfigEntry Written(string key, string value, string? writer = null) =>
        new(key, VersionVector.Empty.Increment(writer ?? Writer), new HybridTime(1, 0), writer ?? Writer, 0, new JsonValue(value));
}

public sealed class ConfigExchangeTestsOnSqlite() : ConfigExchangeTests(ContractDatabase.Sqlite);

public sealed class ConfigExchangeTestsOnServer() : ConfigExchangeTests(ContractDatabase.Server);

public sealed class ConfigExchangeTestsOfDoubtfulCommits() : ConfigExchangeTests(ContractDatabase.DoubtfulServer);
