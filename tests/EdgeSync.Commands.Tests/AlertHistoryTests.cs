using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class AlertHistoryTests(ContractDatabase on)
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly DeviceId Valve = DeviceId.Parse("1b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    [Fact]
    public async Task What_is_long_over_is_forgotten_and_what_fires_is_not()
    {
        await using var host = await CommandsHost.StartAsync(on, ("Alerts:Retention", "01:00:00"));
        await host.Get<AlertWork>().StopAsync(TestContext.Current.CancellationToken);
        await host.RegisterAsync(Pump.ToString());
        await host.RegisterAsync(Valve.ToString());
        await host.QuarantineAsync(Pump);
        await host.QuarantineAsync(Valve);
        await host.SilenceAsync(TimeSpan.FromMinutes(1), "device-silent");
        await host.LookAsync();
        await host.QuarantineAsync(Pump, isQuarantined: false);
        await host.LookAsync();
        Assert.Equal(2, (await host.AlertsAsync()).Count);

        host.Time.Advance(TimeSpan.FromHours(2));
        await host.LookAsync();

        Assert.Equal([Valve], (await host.AlertsAsync()).Select(alert => alert.Device!.Value));
        Assert.Empty((await host.Operator.SendAsync<Page<AlertSilenceView>>(HttpMethod.Get, Routes.AlertSilences)).Items);
    }

    [Fact]
    public async Task Of_many_that_are_over_the_newest_are_kept()
    {
        await using var host = await CommandsHost.StartAsync(on);
        foreach (var (i, state) in new[] { "resolved", "firing", "resolved", "resolved" }.Index())
        {
            await host.ExecuteAsync($"""
                INSERT INTO alerts (alert_id, rule, kind, severity, device_id, state, unfinished, summary, value, threshold, unit, started_at, resolved_at, notified, updated_at)
                VALUES ('{i}', 'x', 'error-rate', 'info', '{Pump}', '{state}', {(state == "firing" ? 1 : 0)}, '', 1, 1, '%', 1, 1, '', 1)
                """);
        }

        Assert.Equal(2, await host.Get<AlertHistoryStore>().ForgetAsync(0, max: 1, limit: 100, TestContext.Current.CancellationToken));

        Assert.Equal(["3", "1"], (await host.AlertsAsync()).Select(alert => alert.Id));
    }
}

public sealed class AlertHistoryTestsOnSqlite() : AlertHistoryTests(ContractDatabase.Sqlite);

public sealed class AlertHistoryTestsOnServer() : AlertHistoryTests(ContractDatabase.Server);
