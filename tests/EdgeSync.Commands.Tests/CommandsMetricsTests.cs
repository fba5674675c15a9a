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
        var seen = new ConcurrentBag<string>();
        using var listener = Listen(host, seen);

        var command = await device.CreateAsync();
        host.Time.Advance(TimeSpan.FromSeconds(2));
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);
        await device.CompleteAsync(command.Id, CommandOutcome.Failed);

        Assert.Equal(
            [
                .. Enumerable.Repeat("edgesync.commands.commit.duration 0", 4), "edgesync.commands.created 1", "edgesync.commands.delivery.duration 2", "edgesync.commands.duration 2 state=failed",
                "edgesync.commands.ended 1 state=failed late=False", "edgesync.commands.sent 1",
            ],
            seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Certificates_and_quarantined_devices_are_counted()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.Get<QuarantineSweep>().StopAsync(TestContext.Current.CancellationToken);
        var device = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
        var token = await host.CreateTokenAsync();
        var seen = new ConcurrentBag<string>();
        using var listener = Listen(host, seen);

        await host.EnrolAsync(token.Secret, device).CertificateAsync();
        await host.EnrolAsync(token.Secret, device).RefusedAsync(ProblemTypes.EnrolmentRefused);
        await host.RenewAsync(device).CertificateAsync();
        await host.ExecuteAsync($"INSERT INTO clone_proofs (device_id, detected_at, nonce, boot) VALUES ('{device}', 1, 1, 2)");
        await host.Get<QuarantineSweep>().SweepAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            ["edgesync.certificates.issued 1 by=enrolment", "edgesync.certificates.issued 1 by=renewal", "edgesync.devices.quarantined 1"],
            seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Alerts_are_counted_by_rule_and_state()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await host.QuarantineAsync(device.Id);
        var seen = new ConcurrentBag<string>();
        using var listener = Listen(host, seen);

        await host.LookAsync();
        await host.QuarantineAsync(device.Id, isQuarantined: false);
        await host.LookAsync();

        Assert.Equal(
            [
                "edgesync.alerts.evaluation.duration 0", "edgesync.alerts.evaluation.duration 0",
                "edgesync.alerts.transitions 1 rule=clone-suspected severity=critical state=firing", "edgesync.alerts.transitions 1 rule=clone-suspected severity=critical state=resolved",
            ],
            seen.Order(StringComparer.Ordinal));
    }

    private static MeterListener Listen(CommandsHost host, ConcurrentBag<string> seen)
    {
        var meters = host.Get<IMeterFactory>();
        var listener = new MeterListener
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
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Add(
            FormattableString.Invariant($"{instrument.Name} {value}{string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"))}")));
        listener.Start();
        return listener;
    }
}

public sealed class CommandsMetricsTestsOnSqlite() : CommandsMetricsTests(ContractDatabase.Sqlite);

public sealed class CommandsMetricsTestsOnServer() : CommandsMetricsTests(ContractDatabase.Server);

public sealed class CommandsMetricsTestsOfDoubtfulCommits() : CommandsMetricsTests(ContractDatabase.DoubtfulServer);
