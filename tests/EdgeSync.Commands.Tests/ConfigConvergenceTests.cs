using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class ConfigConvergenceTests(ContractDatabase on)
{
    private static readonly string[] Keys = ["limits.speed", "sampling.interval", "panel.language", "edgesync.owner"];

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
        await using var host = await CommandsHost.StartAsync(
            on,
            ("Commands:ConfigRules:0:Pattern", "limits.*"),
            ("Commands:ConfigRules:0:Rule", "cloud-wins"),
            ("Commands:ConfigRules:1:Pattern", "panel.*"),
            ("Commands:ConfigRules:1:Rule", "device-wins"));
        var runs = 0;
        var steps = Gen.Select(Gen.Enum<Step>(), Gen.Int[0, Keys.Length - 1], Gen.Int[0, 3]).Array[1, 30];

        await steps.SampleAsync(
            async script =>
            {
                var id = new DeviceId(new Guid(++runs, 0, 0, new byte[8]));
                var replica = new ConfigReplica(id, host.Get<ConfigExchangeStore>(), host.Time);
                var cloud = host.Get<ConfigStore>();
                foreach (var (step, key, value) in script)
                {
                    await RunAsync(step, Keys[key], new JsonValue($"{value}"), id, replica, cloud, host);
                }

                for (var i = 0; i < 3; i++)
                {
                    await replica.ExchangeAsync();
                }

                Assert.False(replica.HasUnconfirmed);
                Assert.Equal(replica.DocumentHash, replica.Hash);
                var document = await cloud.ReadAsync(id, TestContext.Current.CancellationToken);
                Assert.Equal(document.Entries.Select(view => (view.Entry.Key, view.Entry.Value, view.Entry.Vector)), replica.Visible);
                Assert.DoesNotContain(replica.Visible, entry => entry.Value?.Text.StartsWith("\"reserved", StringComparison.Ordinal) == true);
            },
            // Doubt makes each write many statements more, and is the subject of other tests.
            iter: on is ContractDatabase.DoubtfulServer ? 20 : 60,
            threads: 1);

        Assert.Equal(await host.CountAsync("SELECT COUNT(*) FROM conflict_log"), await host.CountAsync("SELECT COUNT(DISTINCT device_id || conflict_id) FROM conflict_log"));
        Assert.True(await host.CountAsync("SELECT COUNT(*) FROM conflict_log") > 0);
    }

    private static async Task RunAsync(Step step, string key, JsonValue value, DeviceId id, ConfigReplica replica, ConfigStore cloud, CommandsHost host)
    {
        host.Time.Advance(TimeSpan.FromMilliseconds(3));
        var deviceValue = ConfigDecision.IsReserved(key) ? new JsonValue($"\"reserved {value}\"") : value;
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
                await cloud.WriteAsync(id, key, value, null, host.Time.GetMicroseconds(), ct);
                break;
            case Step.OperatorDeletes:
                await cloud.WriteAsync(id, key, null, null, host.Time.GetMicroseconds(), ct);
                break;
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
    }
}

public sealed class ConfigConvergenceTestsOnSqlite() : ConfigConvergenceTests(ContractDatabase.Sqlite);

public sealed class ConfigConvergenceTestsOnServer() : ConfigConvergenceTests(ContractDatabase.Server);

public sealed class ConfigConvergenceTestsOfDoubtfulCommits() : ConfigConvergenceTests(ContractDatabase.DoubtfulServer);
