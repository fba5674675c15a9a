using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class QuarantineTests(ContractDatabase on)
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly DeviceId Valve = DeviceId.Parse("1b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    [Fact]
    public async Task A_device_with_a_proof_is_stopped_once_and_gateways_are_told()
    {
        await using var host = await StartAsync();
        await ProveAsync(host, Pump);

        Assert.Equal((1, 0), (await SweepAsync(host), await SweepAsync(host)));

        var view = await host.ViewAsync(Pump);
        Assert.Equal(DeviceState.Quarantined, view.State);
        Assert.StartsWith("Two machines have used its identity at once", view.StateReason, StringComparison.Ordinal);
        Assert.Equal([new RefusedDevice(Pump, DeviceState.Quarantined)], (await host.RevocationsAsync()).List.Devices!);
        await host.Device(Pump).Client.SendAsync(HttpMethod.Get, Routes.Commands).RefusedAsync(ProblemTypes.DeviceQuarantined);
        Assert.Equal(DeviceState.Active, (await host.ViewAsync(Valve)).State);
    }

    [Fact]
    public async Task An_operator_releases_it_and_only_a_newer_proof_stops_it_again()
    {
        await using var host = await StartAsync();
        await ProveAsync(host, Pump);
        await SweepAsync(host);
        host.Time.Advance(TimeSpan.FromSeconds(1));

        await host.SetStateAsync(Pump, DeviceState.Active, "the copy was found");
        Assert.Equal(0, await SweepAsync(host));
        Assert.Equal(DeviceState.Active, (await host.ViewAsync(Pump)).State);

        host.Time.Advance(TimeSpan.FromSeconds(1));
        await ProveAsync(host, Pump);
        Assert.Equal(1, await SweepAsync(host));
        Assert.Equal(DeviceState.Quarantined, (await host.ViewAsync(Pump)).State);
    }

    [Fact]
    public async Task A_disabled_device_stays_disabled_and_one_that_is_not_registered_does_no_harm()
    {
        await using var host = await StartAsync();
        await host.SetStateAsync(Pump, DeviceState.Disabled, "sold");
        host.Time.Advance(TimeSpan.FromSeconds(1));
        await ProveAsync(host, Pump);
        await ProveAsync(host, DeviceId.Parse("2b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10"));

        Assert.Equal(0, await SweepAsync(host));

        Assert.Equal("sold", (await host.ViewAsync(Pump)).StateReason);
    }

    [Fact]
    public async Task A_service_that_starts_reads_every_proof_there_is()
    {
        await using var host = await StartAsync();
        await ProveAsync(host, Pump);
        host.Time.Advance(TimeSpan.FromDays(2));

        Assert.Equal(1, await SweepAsync(host));
        await ProveAsync(host, Valve, late: TimeSpan.FromMinutes(9));
        Assert.Equal(1, await SweepAsync(host));
    }

    private async Task<CommandsHost> StartAsync()
    {
        var host = await CommandsHost.StartAsync(on);
        await host.Get<QuarantineSweep>().StopAsync(TestContext.Current.CancellationToken);
        await host.RegisterAsync(Pump.ToString());
        await host.RegisterAsync(Valve.ToString());
        return host;
    }

    private static Task<int> SweepAsync(CommandsHost host) => host.Get<QuarantineSweep>().SweepAsync(TestContext.Current.CancellationToken);

    // As Ingest writes it.
    private static Task ProveAsync(CommandsHost host, DeviceId device, TimeSpan late = default) => host.ExecuteAsync(
        $"INSERT INTO clone_proofs (device_id, detected_at, nonce, boot) VALUES ('{device}', {host.Time.GetMicroseconds() - (long)late.TotalMicroseconds}, 1, 2)");
}

public sealed class QuarantineTestsOnSqlite() : QuarantineTests(ContractDatabase.Sqlite);

public sealed class QuarantineTestsOnServer() : QuarantineTests(ContractDatabase.Server);

public sealed class QuarantineTestsOfDoubtfulCommits() : QuarantineTests(ContractDatabase.DoubtfulServer);
