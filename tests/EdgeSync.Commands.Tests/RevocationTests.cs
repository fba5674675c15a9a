using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class RevocationTests(ContractDatabase on)
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly DeviceId Valve = DeviceId.Parse("1b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    [Fact]
    public async Task A_fleet_that_nobody_was_stopped_in_has_an_empty_list()
    {
        await using var host = await CommandsHost.StartAsync(on);

        var (list, signedAt) = await host.RevocationsAsync();

        Assert.Equal((0L, 0, 0), (list.Version, list.Devices!.Count, list.Certificates!.Count));
        Assert.Equal(host.Time.GetUtcNow(), signedAt);
    }

    [Fact]
    public async Task Each_change_raises_the_version_once_and_what_changes_nothing_does_not()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.RegisterAsync();
        await host.RegisterAsync(Valve.ToString());
        var token = await host.CreateTokenAsync(device: Pump);
        var certificate = EnrolmentDriver.FingerprintOf(await host.EnrolAsync(token.Secret, Pump).CertificateAsync());
        var versions = new List<long> { (await host.RevocationsAsync()).List.Version };

        foreach (var change in new Func<Task>[]
        {
            async () => await host.SetStateAsync(Pump, DeviceState.Active, "it is"),
            async () => await host.SetStateAsync(Valve, DeviceState.Disabled, "stolen"),
            async () => await host.SetStateAsync(Valve, DeviceState.Disabled, "stolen indeed"),
            async () => await host.RevokeAsync(Pump, certificate),
            async () => await host.RevokeAsync(Pump, certificate),
            async () => await host.SetStateAsync(Valve, DeviceState.Active, "found"),
        })
        {
            await change();
            versions.Add((await host.RevocationsAsync()).List.Version);
        }

        Assert.Equal(4, versions.Distinct().Count());
        Assert.Equal(versions.Order(), versions);
        var (list, _) = await host.RevocationsAsync();
        Assert.Empty(list.Devices!);
        Assert.Equal([certificate], list.Certificates!);
        Assert.Equal("found", (await host.ViewAsync(Valve)).StateReason);
    }

    [Fact]
    public async Task Who_knows_the_version_is_told_that_alone()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.RegisterAsync();
        await host.SetStateAsync(Pump, DeviceState.Disabled);
        var (list, _) = await host.RevocationsAsync();

        var same = (await host.RevocationsAsync(list.Version)).List;
        var older = (await host.RevocationsAsync(list.Version - 1)).List;

        Assert.Equal(new RevocationList(list.Version), same);
        Assert.Equal(new RefusedDevice(Pump, DeviceState.Disabled), Assert.Single(older.Devices!));
        using var gateway = host.Client();
        await gateway.SendAsync(HttpMethod.Get, $"{Routes.Revocations}?version=-1").RefusedAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task A_statement_is_signed_again_after_a_second_and_not_before()
    {
        await using var host = await CommandsHost.StartAsync(on);
        using var gateway = host.Client();
        var first = await StatementAsync();
        Assert.Equal(first, await StatementAsync());

        host.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.NotEqual(first, await StatementAsync());
        Assert.Equal(host.Time.GetUtcNow(), (await host.RevocationsAsync()).SignedAt);
        Assert.Equal(host.Time.GetUtcNow(), (await host.RevocationsAsync(0)).SignedAt);

        async Task<string> StatementAsync() => await gateway.GetStringAsync(new Uri(host.Address, Routes.Revocations), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_revoked_certificate_stays_on_the_list_as_long_as_it_might_be_renewed_over_and_no_longer()
    {
        await using var host = await CommandsHost.StartAsync(on, ("Fleet:CertificateLifetime", "10.00:00:00"));
        var token = await host.CreateTokenAsync();
        var certificate = EnrolmentDriver.FingerprintOf(await host.EnrolAsync(token.Secret, Pump).CertificateAsync());
        await host.RevokeAsync(Pump, certificate);
        host.Time.Advance(TimeSpan.FromDays(10) + RevocationStore.KeptAfterEnd - TimeSpan.FromSeconds(1));

        var before = await host.Get<RevocationStore>().ReadAsync(host.Time.GetMicroseconds(), TestContext.Current.CancellationToken);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        var after = await host.Get<RevocationStore>().ReadAsync(host.Time.GetMicroseconds(), TestContext.Current.CancellationToken);

        Assert.Equal([certificate], before!.Certificates!);
        Assert.Empty(after!.Certificates!);
    }

    [Fact]
    public async Task A_database_that_was_restored_is_ahead_of_every_gateway_with_its_next_change()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.RegisterAsync();
        await host.SetStateAsync(Pump, DeviceState.Disabled);
        await host.SetStateAsync(Pump, DeviceState.Active);
        var known = (await host.RevocationsAsync()).List.Version;
        await host.ExecuteAsync("DELETE FROM revocation_head");
        Assert.Equal(0, (await host.RevocationsAsync()).List.Version);
        host.Time.Advance(TimeSpan.FromSeconds(1));

        await host.SetStateAsync(Pump, DeviceState.Disabled);

        Assert.True((await host.RevocationsAsync()).List.Version > known);
    }

    [Fact]
    public async Task A_list_that_no_statement_holds_is_not_cut_short()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.ExecuteAsync(on is ContractDatabase.Sqlite
            ? $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= {RevocationStore.EntriesMax}) INSERT INTO devices (device_id, name, state, labels, created_at, updated_at) SELECT printf('%08x-0000-0000-0000-000000000000', i), 'd', 'disabled', '{{}}', 0, 0 FROM n"
            : $"INSERT INTO devices (device_id, name, state, labels, created_at, updated_at) SELECT CAST(lpad(to_hex(i), 32, '0') AS UUID), 'd', 'disabled', '{{}}', 0, 0 FROM generate_series(1, {RevocationStore.EntriesMax + 1}) AS n(i)");
        using var gateway = host.Client();

        await gateway.SendAsync(HttpMethod.Get, Routes.Revocations).RefusedAsync(ProblemTypes.Unavailable);
        await host.ExecuteAsync("DELETE FROM devices WHERE device_id = (SELECT device_id FROM devices LIMIT 1)");

        Assert.Equal(RevocationStore.EntriesMax, (await host.RevocationsAsync()).List.Devices!.Count);
    }
}

public sealed class RevocationTestsOnSqlite() : RevocationTests(ContractDatabase.Sqlite);

public sealed class RevocationTestsOnServer() : RevocationTests(ContractDatabase.Server);
