using System.Diagnostics;
using System.Globalization;
using Dapper;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands.Tests;

/// <summary>One instance evaluates for all, until it is gone.</summary>
public sealed class AlertLeaseTests(ITestOutputHelper output)
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_instance_goes_on_when_the_one_that_evaluates_is_gone()
    {
        (string, string)[] settings = [("Alerts:Interval", "00:00:15"), ("Alerts:Lease", "00:01:00")];
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var first = await CommandsHost.StartAsync(ContractDatabase.Server, [.. settings, .. receiver.Settings]);
        await using var second = await first.StartSecondAsync([.. settings, .. receiver.Settings, ("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=second")]);
        await first.RegisterAsync();
        await first.SetRuleAsync("clone-suspected", new AlertRuleWrite(AlertKind.CloneSuspected, AlertSeverity.Critical, 0, ForSeconds: 70));
        await first.QuarantineAsync(Pump);
        // Their own rounds stand still: the test's are the only ones.
        await first.Get<AlertWork>().StopAsync(Ct);
        await second.Get<AlertWork>().StopAsync(Ct);

        Assert.True(await first.LookAsync());
        Assert.False(await second.LookAsync());
        var pending = Assert.Single(await second.AlertsAsync());
        second.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(await second.LookAsync());
        // The first says nothing more, and its time is over.
        second.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await second.LookAsync());
        second.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.True(await second.LookAsync());

        // What was pending has gone on being so.
        var fired = Assert.Single(await second.AlertsAsync());
        Assert.Equal((pending.Id, pending.StartedAt, AlertState.Firing), (fired.Id, fired.StartedAt, fired.State));
        first.Time.Advance(TimeSpan.FromSeconds(80));
        Assert.False(await first.LookAsync());
        await receiver.NextAsync();
        Assert.Equal(0, receiver.Waiting);
    }

    [Fact]
    public async Task Who_was_thought_dead_and_comes_back_in_the_middle_of_a_round_writes_nothing()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        await host.RegisterAsync();
        await host.QuarantineAsync(Pump);
        var lease = host.Get<AlertLeaseStore>();
        Assert.True(await lease.TakeAsync("other", 0, 10, Ct));
        var row = new AlertRow { Id = AlertIds.Of(1, "x"), Rule = "x", Kind = "clone-suspected", Severity = "info", Device = Pump };
        var plan = new AlertPlan([row], [], [], [], [], new Dictionary<AlertSeverity, int>());

        Assert.False(await host.Get<AlertStateStore>().SaveAsync(plan, "late", 5, Ct));
        Assert.Empty(await host.AlertsAsync());
        Assert.False(await lease.TakeAsync("late", 9, 20, Ct));
        Assert.True(await lease.TakeAsync("late", 10, 20, Ct));
        Assert.True(await host.Get<AlertStateStore>().SaveAsync(plan, "late", 10, Ct));
        Assert.Single(await host.AlertsAsync());
    }

    /// <summary>What a round takes; run it by hand, <c>-explicit only</c>, and see docs/alerts.md.</summary>
    [Fact(Explicit = true)]
    public async Task A_round_over_ten_thousand_devices_is_measured()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Server);
        await host.RegisterManyAsync(10_000);
        var now = host.Time.GetMicroseconds();
        await host.ExecuteAsync($"""
            INSERT INTO sync_status (device_id, boot, nonce, last_seen_at, clock_offset_us, heartbeat, heartbeat_at) SELECT device_id, 1, 1, {now}, 0, repeat('x', 900), {now} FROM devices;
            INSERT INTO device_status (device_id, heartbeat_at, reason, reason_since, agent_version, interval_ms, pending_records, pending_bytes, oldest_pending_at, dead_letters)
            SELECT device_id, {now}, 'ok', {now}, '1.0.0', 30000, 0, 0, NULL, 0 FROM devices;
            INSERT INTO stream_checks (device_id, epoch) SELECT device_id, e FROM devices, generate_series(1, 2) AS e;
            INSERT INTO device_certificates (device_id, fingerprint, key_hash, issued_at, not_after)
            SELECT device_id, '\x01', '\x01', {now}, {now + 2_592_000_000_000} FROM devices;
            ANALYZE
            """);
        await MeasureAsync("The first");
        await MeasureAsync("All are well");
        host.Time.Advance(TimeSpan.FromSeconds(150));
        await MeasureAsync("All begin to be silent");
        host.Time.Advance(TimeSpan.FromSeconds(60));
        await MeasureAsync("All fire");
        await MeasureAsync("All go on firing");
        await host.ExecuteAsync($"UPDATE sync_status SET last_seen_at = {host.Time.GetMicroseconds()}; DELETE FROM sync_status; DELETE FROM device_status; DELETE FROM stream_checks");
        await MeasureAsync("All are over");

        async Task MeasureAsync(string what)
        {
            var (here, there, began) = (Process.GetCurrentProcess().TotalProcessorTime, await ServerTicksAsync(), TimeProvider.System.GetTimestamp());
            await host.LookAsync();
            var (took, cpu) = (TimeProvider.System.GetElapsedTime(began), Process.GetCurrentProcess().TotalProcessorTime - here);
            output.WriteLine($"{what}: {took.TotalMilliseconds:F0} ms; CPU {cpu.TotalMilliseconds:F0} ms here, {10 * (await ServerTicksAsync() - there)} ms in the server");
        }

        // Of a server on this machine, in hundredths of a second.
        async Task<long> ServerTicksAsync()
        {
            await using var connection = await host.Get<ControlPlaneDatabase>().OpenAsync(Ct);
            var processes = await connection.QueryAsync<int>("SELECT pid FROM pg_stat_activity WHERE datname = current_database()");
            return processes.Select(process => File.ReadAllText($"/proc/{process}/stat")).Sum(stat => stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is var fields
                ? long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture) : 0);
        }
    }
}
