using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace EdgeSync.Commands.Tests;

/// <summary>Each rule is driven into its state and out of it, through the endpoints and sweeps of the real services, with moved time: pending, firing, webhook, resolved, webhook.</summary>
public sealed class AlertDrillTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Device_silent()
    {
        await using var site = await AlertSite.StartAsync("device-silent");
        await BeatAsync(site);

        await DrillAsync(
            site,
            "device-silent",
            new(() => Move(site, 121), () => Move(site, 60), () => BeatAsync(site)),
            alert => Assert.Equal((site.Pump.Id, "pump", 181.0, 120.0, "s"), (alert.Device, alert.DeviceName, alert.Value, alert.Threshold, alert.Unit)));
    }

    [Fact]
    public async Task Oldest_unsynced_age()
    {
        await using var site = await AlertSite.StartAsync("oldest-unsynced-age");
        var recordedAt = site.Now - 901_000_000;
        // Its clock is an hour ahead, and so are its readings' times.
        Task Pending() => BeatAsync(site, beat => beat with { SentAt = site.Now + 3_600_000_000, OldestPendingAt = recordedAt + 3_600_000_000, PendingRecords = 5 });

        await DrillAsync(site, "oldest-unsynced-age", new(Pending, () => Move(site, 60, Pending), () => BeatAsync(site)), alert => Assert.Equal(961, alert.Value));
    }

    [Fact]
    public async Task Error_rate()
    {
        await using var site = await AlertSite.StartAsync("error-rate");
        Task Failing() => BeatAsync(site, beat => beat with { Reason = "disk-full" });

        await DrillAsync(site, "error-rate", new(Failing, () => Move(site, 120, Failing), () => EaseAsync(site, () => BeatAsync(site))), alert => Assert.Equal((null, 100.0), (alert.Device, alert.Value)));
    }

    [Fact]
    public async Task Conflict_rate()
    {
        await using var site = await AlertSite.StartAsync("conflict-rate");
        await site.Host.SetRuleAsync("conflict-rate", new AlertRuleWrite(AlertKind.ConflictRate, AlertSeverity.Warning, 0.3, ForSeconds: 120, ClearThreshold: 0.1));
        async Task Conflicts()
        {
            foreach (var key in new[] { "a", "b" })
            {
                await site.Pump.PutAsync(key, "1");
                var writer = ConfigWriters.Device(new Epoch(7));
                await site.Pump.ExchangeAsync(0, [new ConfigEntry(key, VersionVector.Empty.Increment(writer), new HybridTime(site.Now, 0), writer, 0, new JsonValue("2"))]);
            }
        }

        await DrillAsync(site, "conflict-rate", new(Conflicts, () => Move(site, 120), () => Move(site, 300)), alert => Assert.Equal(0.4, alert.Value));
    }

    [Fact]
    public async Task Dead_letters()
    {
        await using var site = await AlertSite.StartAsync("dead-letters");
        Task SetAside() => BeatAsync(site, beat => beat with { DeadLetters = 3 });

        await DrillAsync(site, "dead-letters", new(SetAside, () => Move(site, 60), () => BeatAsync(site)), alert => Assert.Equal("pump has set 3 readings aside.", alert.Summary));
    }

    [Fact]
    public async Task Certificate_expiring()
    {
        await using var site = await AlertSite.StartAsync("certificate-expiring");
        var token = await site.Host.CreateTokenAsync(device: site.Pump.Id);
        using var issued = await site.Host.EnrolAsync(token.Secret, site.Pump.Id).CertificateAsync();
        // It lives for 30 days, and is not renewed.
        Task Age() => Move(site, (30 - 7) * 86_400 + 60);
        async Task Renew()
        {
            using var renewed = await site.Host.RenewAsync(site.Pump.Id).CertificateAsync();
        }

        await DrillAsync(site, "certificate-expiring", new(Age, () => Move(site, 300), Renew), alert => Assert.InRange(alert.Value, 6.9, 7));
    }

    [Fact]
    public async Task Clock_wrong()
    {
        await using var site = await AlertSite.StartAsync("clock-wrong");
        Task Behind() => BeatAsync(site, beat => beat with { SentAt = site.Now - 31_000_000 });

        await DrillAsync(site, "clock-wrong", new(Behind, () => Move(site, 120), () => BeatAsync(site, beat => beat with { SentAt = site.Now + 9_000_000 })), alert => Assert.Equal(31, alert.Value));
    }

    [Fact]
    public async Task Digest_mismatch()
    {
        await using var site = await AlertSite.StartAsync("digest-mismatch", ("Ingest:VerificationInterval", "00:00:10"), ("Ingest:VerificationAge", "00:01:00"));
        const string Damaged = "SELECT COUNT(*) FROM stream_checks WHERE damaged_from IS NOT NULL";
        await site.AppendAsync(new Epoch(81), 20);
        var tenSeconds = TimeSpan.FromSeconds(10);
        async Task Damage()
        {
            await site.Host.ExecuteAsync("UPDATE telemetry_data SET value = value + 1 WHERE seq = 7");
            await site.UntilAsync(Damaged, 1, tenSeconds);
        }

        async Task Mend()
        {
            await site.Host.ExecuteAsync("UPDATE telemetry_data SET value = value - 1 WHERE seq = 7");
            await site.UntilAsync(Damaged, 0, tenSeconds);
        }

        await DrillAsync(site, "digest-mismatch", new(Damage, () => Move(site, 120), Mend), alert => Assert.Equal((1.0, AlertSeverity.Critical), (alert.Value, alert.Severity)));
    }

    [Fact]
    public async Task Clone_suspected()
    {
        await using var site = await AlertSite.StartAsync("clone-suspected");
        // For two minutes, so that it is pending first as the others are.
        await site.Host.SetRuleAsync("clone-suspected", new AlertRuleWrite(AlertKind.CloneSuspected, AlertSeverity.Critical, 0, ForSeconds: 120));
        async Task Copy()
        {
            // Two machines supersede each other in turn; the last one is refused.
            for (var number = 1; number <= 4; number++)
            {
                using var answer = await site.BeatAsync(beat => beat with { Boot = new Boot(number, 70 + (number % 2)) });
            }

            Assert.Equal(1, await site.Host.Get<QuarantineSweep>().SweepAsync(Ct));
        }

        async Task Release()
        {
            site.Time.Advance(TimeSpan.FromSeconds(1));
            using var answer = await site.Host.SetStateAsync(site.Pump.Id, DeviceState.Active, "the copy was found");
        }

        await DrillAsync(site, "clone-suspected", new(Copy, () => Move(site, 120), Release), alert => Assert.Equal(site.Pump.Id, alert.Device));
    }

    [Fact]
    public async Task Queue_saturation()
    {
        await using var site = await AlertSite.StartAsync("queue-saturation", ("Ingest:QueueWritesMax", "5"), ("Ingest:Writers", "1"), ("Ingest:QueueReportInterval", "00:00:05"));
        await BeatAsync(site);
        var beats = new List<Task>();
        await using var blocker = new NpgsqlConnection(site.ConnectionString);
        async Task Fill()
        {
            await blocker.OpenAsync(Ct);
            await using var block = new NpgsqlCommand("BEGIN; UPDATE sync_status SET last_seen_at = last_seen_at", blocker);
            await block.ExecuteNonQueryAsync(Ct);
            // The first is at the database, the others wait for it; what is too much is refused.
            beats.Add(BeatAsync(site));
            await site.UntilAsync("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", 1, TimeSpan.Zero);
            beats.AddRange(Enumerable.Range(0, 5).Select(_ => BeatAsync(site)));
            await site.UntilAsync("SELECT COUNT(*) FROM ingest_queues WHERE depth = 5", 1, TimeSpan.FromSeconds(5));
        }

        async Task Drain()
        {
            await blocker.CloseAsync();
            await Task.WhenAll(beats);
            await EaseAsync(site, () => site.UntilAsync("SELECT COUNT(*) FROM ingest_queues WHERE depth = 0", 1, TimeSpan.FromSeconds(5)));
        }

        Task Hold() => ReportedAsync(site, 30);

        await DrillAsync(site, "queue-saturation", new(Fill, Hold, Drain), alert => Assert.Equal((null, 100.0, "%"), (alert.Device, alert.Value, alert.Unit)));
    }

    [Fact]
    public async Task Database_unavailable()
    {
        var database = await ServerDatabases.TakeAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
        await using (var wire = new DatabaseWire(database.ConnectionString))
        await using (var host = await CommandsHost.StartOnAsync(wire.ConnectionString, time, [.. receiver.Settings, .. AlertDriver.Only("database-unavailable")]))
        {
            // The test's rounds are the only ones.
            await host.Get<AlertWork>().StopAsync(Ct);
            await host.Get<NotificationWork>().StopAsync(Ct);
            Assert.True(await host.LookAsync());

            wire.Close();
            time.Advance(TimeSpan.FromSeconds(15));
            await FailAsync(host);
            await host.Get<NotificationWork>().SendAsync(Ct);
            Assert.Equal(0, receiver.Waiting);
            time.Advance(TimeSpan.FromSeconds(15));
            await FailAsync(host);
            await host.Get<NotificationWork>().SendAsync(Ct);
            var firing = (await receiver.NextAsync()).Notification;
            Assert.Equal((AlertEvent.Firing, "database-unavailable", 1), (firing.Event, firing.Rule, firing.Count));
            time.Advance(TimeSpan.FromSeconds(15));
            await FailAsync(host);

            wire.Open();
            time.Advance(TimeSpan.FromSeconds(15));
            Assert.True(await PassAsync(host, host.LookAsync()));
            await host.Get<NotificationWork>().SendAsync(Ct);
            var resolved = (await receiver.NextAsync()).Notification;
            Assert.Equal((AlertEvent.Resolved, 1), (resolved.Event, resolved.Count));
            var kept = Assert.Single(await host.AlertsAsync("?rule=database-unavailable"));
            Assert.Equal((resolved.Alerts[0].Id, AlertState.Resolved, firing.Alerts[0].FiringAt), (kept.Id, kept.State, kept.FiringAt));
            Assert.Equal([NotificationState.Sent, NotificationState.Sent], (await host.NotificationsAsync()).Select(notification => notification.State));
            Assert.Equal(0, receiver.Waiting);
        }

        await ServerDatabases.GiveBackAsync(database, CommandsHost.Tables);
    }

    private static async Task DrillAsync(AlertSite site, string rule, Drill drill, Action<AlertView> check)
    {
        await site.Host.LookAsync();
        Assert.Null(await site.OpenAsync());

        await drill.Break();
        await site.Host.LookAsync();
        Assert.Equal((AlertState.Pending, null), (await site.OpenAsync() is { } pending ? (pending.State, pending.FiringAt) : default));
        Assert.Equal(0, site.Receiver.Waiting);

        await drill.Hold();
        await site.Host.LookAsync();
        var fired = await site.OpenAsync();
        Assert.Equal((AlertState.Firing, site.Now), (fired!.State, fired.FiringAt));
        check(fired);
        var firing = await site.Receiver.NextAsync();
        Assert.Equal((AlertEvent.Firing, rule, 1, fired), (firing.Notification.Event, firing.Notification.Rule, firing.Notification.Count, Assert.Single(firing.Notification.Alerts)));
        Assert.Equal((firing.Id, site.Time.GetUtcNow()), (firing.Notification.Id, firing.SignedAt));

        await drill.Mend();
        await site.Host.LookAsync();
        Assert.Null(await site.OpenAsync());
        var over = (await site.Host.AlertsAsync($"?rule={rule}&state=resolved")).Single();
        Assert.Equal((fired.Id, site.Now), (over.Id, over.ResolvedAt));
        var resolved = await site.Receiver.NextAsync();
        Assert.Equal((AlertEvent.Resolved, rule, over), (resolved.Notification.Event, resolved.Notification.Rule, Assert.Single(resolved.Notification.Alerts)));
        Assert.Equal(0, site.Receiver.Waiting);
    }

    // What goes on firing for a minute after it is well.
    private static async Task EaseAsync(AlertSite site, Func<Task> mend)
    {
        await mend();
        await site.Host.LookAsync();
        Assert.Equal(AlertState.Firing, (await site.OpenAsync())?.State);
        await Move(site, 60, mend);
    }

    private static async Task BeatAsync(AlertSite site, Func<Heartbeat, Heartbeat>? shape = null)
    {
        using var answer = await site.BeatAsync(shape);
        await answer.ReadAsync<HeartbeatAck>();
    }

    private static async Task Move(AlertSite site, int seconds, Func<Task>? then = null)
    {
        site.Time.Advance(TimeSpan.FromSeconds(seconds));
        await (then?.Invoke() ?? Task.CompletedTask);
    }

    private static async Task ReportedAsync(AlertSite site, int seconds)
    {
        site.Time.Advance(TimeSpan.FromSeconds(seconds));
        await site.UntilAsync($"SELECT COUNT(*) FROM ingest_queues WHERE reported_at >= {site.Now}", 1, TimeSpan.Zero);
    }

    private static Task<System.Data.Common.DbException> FailAsync(CommandsHost host) => Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => PassAsync(host, host.LookAsync()));

    // Retries of the database wait by the clock that is moved here.
    private static async Task<bool> PassAsync(CommandsHost host, Task<bool> look)
    {
        while (await Task.WhenAny(look, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Ct)) != look)
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(50));
        }

        return await look;
    }

    private sealed record Drill(Func<Task> Break, Func<Task> Hold, Func<Task> Mend);
}
