using CsCheck;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands.Tests;

public abstract class ConfigConvergenceTests(ContractDatabase on)
{
    private static readonly (string Key, string Rule)[] Rules =
    [
        ("sampling.interval", "last-writer-wins"), ("limits.speed", "cloud-wins"), ("panel.language", "device-wins"), ("limits.most", "max"), ("limits.least", "min"),
        ("tags", "union"), ("pump", "json-merge"), ("name", "custom"), ("edgesync.owner", "last-writer-wins"),
    ];

    private static readonly string[] Values = ["1", "2.5", "\"long text\"", "[1,2]", "[2,\"x\"]", """{"a":1,"b":{"c":1}}""", """{"a":2,"b":{"d":1}}""", """{"b":{"c":1}}"""];

    private enum Step
    {
        DeviceWrites,
        DeviceDeletes,
        OperatorWrites,
        OperatorDeletes,
        Exchange,
        ExchangeWithLostAnswer,
        WriteDuringExchange,
        DeviceClockJumps,
    }

    [Fact]
    public async Task Device_and_control_plane_converge_whatever_is_lost_and_whoever_writes()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.Operator.SetRulesAsync([.. Rules.Select(rule => new ConfigRulePattern(
            rule.Key, Words.Parse<ConfigRule>(rule.Rule), rule.Rule == "custom" ? "longer" : null))]);
        var runs = 0;
        // A script is about one to three keys: so short a one would else hardly write any of them on both sides.
        var steps = Gen.Select(
            Gen.Int[0, Rules.Length - 1],
            Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 2], Gen.Int[0, Values.Length - 1]).Array[1, 30],
            (first, script) => script.Select(step => (step.Item1, Rules[(first + step.Item2) % Rules.Length].Key, new JsonValue(Values[step.Item3]))).ToArray());

        await steps.SampleAsync(
            async script =>
            {
                var id = new DeviceId(new Guid(++runs, 0, 0, new byte[8]));
                var replica = new ConfigReplica(id, host.Get<ConfigExchangeStore>(), host.Time);
                var cloud = host.Get<ConfigStore>();
                var operatorWrites = new Dictionary<string, long>();
                var conflicts = new HashSet<string>(StringComparer.Ordinal);
                foreach (var (step, key, value) in script)
                {
                    if (await RunAsync(step, key, value, id, replica, cloud, host, conflicts) is { } written)
                    {
                        operatorWrites[key] = written.Vector[ConfigWriters.Cloud];
                    }
                }

                for (var i = 0; i < 3; i++)
                {
                    conflicts.UnionWith(await ConflictsNowAsync(id, replica, host));
                    await replica.ExchangeAsync();
                }

                // Every pair of concurrent writes that met is in the log once, and nothing else is; no write is missing from what came of them.
                var logged = await host.Get<ConflictStore>().ListAsync(id, new ConflictFilter(), ConflictCursor.Newest, 500, TestContext.Current.CancellationToken);
                Assert.Equal(conflicts.Order(StringComparer.Ordinal), logged.Items.Select(conflict => conflict.Id).Order(StringComparer.Ordinal));
                Assert.All(Rules.Where(rule => !ConfigDecision.IsReserved(rule.Key)), rule => Assert.Equal(
                    (replica.Writes(rule.Key), true),
                    (replica.Vector(rule.Key)[ConfigReplica.Writer], replica.Vector(rule.Key)[ConfigWriters.Cloud] >= operatorWrites.GetValueOrDefault(rule.Key))));

                Assert.False(replica.HasUnconfirmed);
                Assert.Equal(replica.DocumentHash, replica.Hash);
                var document = await cloud.ReadAsync(id, TestContext.Current.CancellationToken);
                Assert.Equal(document.Entries.Select(view => (view.Entry.Key, view.Entry.Value, view.Entry.Vector)), replica.Visible);
                Assert.DoesNotContain(replica.Visible, entry => entry.Value?.Text.StartsWith("\"reserved", StringComparison.Ordinal) == true);
            },
            // Doubt makes each write many statements more, and is the subject of other tests.
            iter: on is ContractDatabase.DoubtfulServer ? 20 : 120,
            threads: 1);

        Assert.Equal(await host.CountAsync("SELECT COUNT(*) FROM conflict_log"), await host.CountAsync("SELECT COUNT(DISTINCT device_id || conflict_id) FROM conflict_log"));
        Assert.Equal(
            on is ContractDatabase.DoubtfulServer ? 1 : Rules.Length - 1,
            await host.CountAsync(on is ContractDatabase.DoubtfulServer ? "SELECT 1 FROM conflict_log LIMIT 1" : "SELECT COUNT(DISTINCT rule) FROM conflict_log"));
    }

    // What is concurrent here and now, by the vectors alone.
    private static async Task<IEnumerable<string>> ConflictsNowAsync(DeviceId id, ConfigReplica replica, CommandsHost host)
    {
        var conflicts = new List<string>();
        foreach (var sent in replica.Unconfirmed.Where(sent => !ConfigDecision.IsReserved(sent.Key)))
        {
            var stored = await host.Get<ControlPlaneDatabase>().ReadAsync(transaction => ConfigRow.FindAsync(transaction, id, sent.Key), TestContext.Current.CancellationToken);
            if (stored?.ToEntry() is { } entry && entry.Vector.CompareTo(sent.Vector) == VectorOrder.Concurrent)
            {
                conflicts.Add(ConfigMerge.ConflictId(id, sent.Key, entry.Vector, sent.Vector));
            }
        }

        return conflicts;
    }

    /// <returns>What an operator wrote; null for another step.</returns>
    private static async Task<ConfigEntry?> RunAsync(
        Step step, string key, JsonValue value, DeviceId id, ConfigReplica replica, ConfigStore cloud, CommandsHost host, HashSet<string> conflicts)
    {
        if (step is Step.Exchange or Step.ExchangeWithLostAnswer or Step.WriteDuringExchange)
        {
            conflicts.UnionWith(await ConflictsNowAsync(id, replica, host));
        }

        host.Time.Advance(TimeSpan.FromMilliseconds(3));
        var deviceValue = ConfigDecision.IsReserved(key) ? new JsonValue("\"reserved\"") : value;
        var ct = TestContext.Current.CancellationToken;
        switch (step)
        {
            case Step.DeviceWrites:
                replica.Write(key, deviceValue);
                break;
            case Step.DeviceDeletes:
                replica.Write(key, null);
                break;
            case Step.OperatorWrites:
                return ((KeyWritten)await cloud.WriteAsync(id, key, value, null, host.Time.GetMicroseconds(), ct)).View.Entry;
            case Step.OperatorDeletes:
                return (await cloud.WriteAsync(id, key, null, null, host.Time.GetMicroseconds(), ct) as KeyWritten)?.View.Entry;
            case Step.Exchange:
                await replica.ExchangeAsync();
                break;
            case Step.ExchangeWithLostAnswer:
                await replica.ExchangeAsync(loseAnswer: true);
                break;
            case Step.WriteDuringExchange:
                await replica.ExchangeAsync(during: () => replica.Write(key, deviceValue));
                break;
            case Step.DeviceClockJumps:
                replica.ClockOffset += TimeSpan.FromHours(1).Ticks / TimeSpan.TicksPerMicrosecond;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }

        return null;
    }
}

public sealed class ConfigConvergenceTestsOnSqlite() : ConfigConvergenceTests(ContractDatabase.Sqlite);

public sealed class ConfigConvergenceTestsOnServer() : ConfigConvergenceTests(ContractDatabase.Server);

public sealed class ConfigConvergenceTestsOfDoubtfulCommits() : ConfigConvergenceTests(ContractDatabase.DoubtfulServer);
