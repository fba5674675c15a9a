using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class CommandsMetricsTests(ContractDatabase on)
{
    [Fact]
    public async Task A_commands_life_is_counted()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var meters = host.Get<IMeterFactory>();
        var seen = new ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == meters && instrument.Meter.Name == CommandsMetrics.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add(
            $"{instrument.Name} {value}{string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"))}"));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen.Add(FormattableString.Invariant($"{instrument.Name} {value}")));
        listener.Start();

        var command = await device.CreateAsync();
        host.Time.Advance(TimeSpan.FromSeconds(2));
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);
        await device.CompleteAsync(command.Id, CommandOutcome.Failed);

        Assert.Equal(
            ["edgesync.commands.created 1", "edgesync.commands.delivery.duration 2", "edgesync.commands.ended 1 state=failed late=False", "edgesync.commands.sent 1"],
            seen.Order(StringComparer.Ordinal));
    }
}

public sealed class CommandsMetricsTestsOnSqlite() : CommandsMetricsTests(ContractDatabase.Sqlite);

public sealed class CommandsMetricsTestsOnServer() : CommandsMetricsTests(ContractDatabase.Server);

public sealed class CommandsMetricsTestsOfDoubtfulCommits() : CommandsMetricsTests(ContractDatabase.DoubtfulServer);
