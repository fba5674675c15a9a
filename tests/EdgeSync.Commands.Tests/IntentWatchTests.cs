using System.Diagnostics.Metrics;
using EdgeSync.Testing;

namespace EdgeSync.Commands.Tests;

/// <summary>What is on its way to devices, for those who collect metrics.</summary>
public abstract class IntentWatchTests(ContractDatabase on)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commands_without_an_end_and_configuration_that_was_not_told_are_counted()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var watch = host.Get<IntentWatch>();
        await watch.StopAsync(Ct);
        var device = await host.RegisterAsync();
        var told = await host.RegisterAsync("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a11");
        var delivered = await device.CreateAsync();
        await device.PullAsync();
        await device.ReceiveAsync(delivered.Id);
        host.Time.Advance(TimeSpan.FromSeconds(3));
        await device.CreateAsync();
        await device.PutAsync("pump.mode", "1");
        await told.PutAsync("pump.mode", "1");
        await told.ExchangeAsync(0);
        host.Time.Advance(TimeSpan.FromSeconds(5));
        using var metrics = Listen(host);

        await watch.ReadAsync(Ct);
        metrics.Collect();

        Assert.Empty(metrics.Wrong);
        Assert.Equal(["0 state=leased", "1 state=delivered", "1 state=pending"], metrics.Of("edgesync.commands.open"));
        Assert.Equal(["0 state=leased", "5 state=pending", "8 state=delivered"], metrics.Of("edgesync.commands.open.age"));
        Assert.Equal(["1"], metrics.Of("edgesync.config.lag.devices"));
        Assert.Equal(["5"], metrics.Of("edgesync.config.lag.age"));
    }

    [Fact]
    public async Task Where_there_is_nothing_nothing_is_counted()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.Get<IntentWatch>().StopAsync(Ct);
        using var metrics = Listen(host);

        metrics.Collect();
        Assert.DoesNotContain("edgesync.commands.open", metrics.Measured);
        await host.Get<IntentWatch>().ReadAsync(Ct);
        metrics.Collect();

        Assert.Equal(["0"], metrics.Of("edgesync.config.lag.devices"));
        Assert.Equal(["0"], metrics.Of("edgesync.config.lag.age"));
        Assert.Equal(["0 state=delivered", "0 state=leased", "0 state=pending"], metrics.Of("edgesync.commands.open"));
    }

    private static MeasuredMetrics Listen(CommandsHost host)
    {
        var meters = host.Get<IMeterFactory>();
        return new MeasuredMetrics(meter => meter.Scope == meters && meter.Name == IntentMetrics.MeterName);
    }
}

public sealed class IntentWatchOnSqlite() : IntentWatchTests(ContractDatabase.Sqlite);

public sealed class IntentWatchOnServer() : IntentWatchTests(ContractDatabase.Server);
