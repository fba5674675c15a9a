using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>What operators see of alerts and do about them, and who evaluates them.</summary>
public abstract class AlertTests(ContractDatabase on)
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly DeviceId Valve = DeviceId.Parse("1b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alerts_are_listed_by_what_they_are_in_pages_and_one_is_taken_note_of()
    {
        await using var host = await StartAsync();
        await host.QuarantineAsync(Pump);
        Assert.True(await host.LookAsync());
        host.Time.Advance(TimeSpan.FromSeconds(15));
        await host.QuarantineAsync(Valve);
        await host.QuarantineAsync(Pump, isQuarantined: false);
        await host.LookAsync();

        var (valve, pump) = await host.AlertsAsync() is [var newest, var older] ? (newest, older) : throw new InvalidOperationException("Two alerts are not listed.");
        Assert.Equal((Valve, AlertState.Firing, "valve is quarantined: two machines have used its identity."), (valve.Device, valve.State, valve.Summary));
        Assert.Equal((Pump, AlertState.Resolved, AlertSeverity.Critical), (pump.Device, pump.State, pump.Severity));
        Assert.Equal([valve], await host.AlertsAsync("?state=firing&severity=critical&rule=clone-suspected"));
        Assert.Equal([pump], await host.AlertsAsync($"?device={Pump}"));
        Assert.Empty(await host.AlertsAsync("?severity=info"));
        var page = await host.Operator.SendAsync<Page<AlertView>>(HttpMethod.Get, $"{Routes.Alerts}?limit=1");
        Assert.Equal([pump], await host.AlertsAsync($"?limit=1&after={page.Next}"));
        Assert.Equal(valve, await host.Operator.SendAsync<AlertView>(HttpMethod.Get, $"{Routes.Alerts}/{valve.Id}"));

        var noted = await AcknowledgeAsync(host, valve.Id, "on my way");
        await host.LookAsync();
        Assert.Equal(valve with { AcknowledgedAt = host.Time.GetMicroseconds(), AcknowledgedNote = "on my way" }, noted);
        Assert.Equal([noted], await host.AlertsAsync("?state=firing"));

        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.Alerts}?state=loud&device=x&rule=X&after=x&limit=0").RefusedAsync(ProblemTypes.Validation);
        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.Alerts}/{new string('0', 32)}").RefusedAsync(ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Post, $"{Routes.Alerts}/{valve.Id}/acknowledge", new AcknowledgeAlert("")).RefusedAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task An_operators_rule_holds_until_it_is_taken_back()
    {
        await using var host = await StartAsync(("Alerts:Rules:0:Name", "clone-suspected"), ("Alerts:Rules:0:Severity", "warning"));
        Assert.Equal((AlertRuleSource.Configuration, AlertSeverity.Warning, "1"), await host.RuleAsync("clone-suspected") is var given ? (given.Source, given.Rule.Severity, given.Unit) : default);
        var write = new AlertRuleWrite(AlertKind.CloneSuspected, AlertSeverity.Info, 0, Selector: "site=north");

        var set = await host.SetRuleAsync("clone-suspected", write);
        await host.SetRuleAsync("clones-of-the-south", write with { Selector = "site=south", Severity = AlertSeverity.Critical });

        Assert.Equal((AlertRuleSource.Operator, host.Time.GetMicroseconds()), (set.Source, set.UpdatedAt));
        Assert.Equal(set, await host.RuleAsync("clone-suspected"));
        await host.QuarantineAsync(Pump);
        await host.QuarantineAsync(Valve);
        await host.LookAsync();
        Assert.Equal(
            [("clone-suspected", Pump, AlertSeverity.Info), ("clones-of-the-south", Valve, AlertSeverity.Critical)],
            (await host.AlertsAsync()).Select(alert => (alert.Rule, alert.Device!.Value, alert.Severity)).OrderBy(alert => alert.Rule, StringComparer.Ordinal));

        Assert.Equal(HttpStatusCode.NoContent, (await DeleteAsync(host, $"{Routes.AlertRules}/clone-suspected")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await DeleteAsync(host, $"{Routes.AlertRules}/clones-of-the-south")).StatusCode);
        host.Time.Advance(TimeSpan.FromSeconds(15));
        await host.LookAsync();
        Assert.Equal(given, await host.RuleAsync("clone-suspected"));
        Assert.Equal(
            [("clone-suspected", AlertState.Firing, AlertSeverity.Warning), ("clone-suspected", AlertState.Firing, AlertSeverity.Warning), ("clones-of-the-south", AlertState.Resolved, AlertSeverity.Critical)],
            (await host.AlertsAsync()).Select(alert => (alert.Rule, alert.State, alert.Severity)).OrderBy(alert => alert.Rule, StringComparer.Ordinal));

        await DeleteAsync(host, $"{Routes.AlertRules}/clones-of-the-south", ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Put, $"{Routes.AlertRules}/Loud", write with { ForSeconds = -1 }).RefusedAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task A_silence_holds_notifications_back_until_it_ends()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var host = await StartAsync(receiver.Settings);
        var silence = await host.SilenceAsync(TimeSpan.FromHours(1), selector: "site=north");
        await host.QuarantineAsync(Pump);
        await host.QuarantineAsync(Valve);
        await host.LookAsync();

        Assert.Equal([(Pump, true), (Valve, false)], (await host.AlertsAsync()).Select(alert => (alert.Device!.Value, alert.Silenced)).OrderBy(alert => alert.Value));
        Assert.Equal([Valve], (await receiver.NextAsync()).Notification.Alerts.Select(alert => alert.Device!.Value));
        Assert.Equal([silence], (await host.Operator.SendAsync<Page<AlertSilenceView>>(HttpMethod.Get, Routes.AlertSilences)).Items);
        Assert.Equal(HttpStatusCode.NoContent, (await DeleteAsync(host, $"{Routes.AlertSilences}/{silence.Id}")).StatusCode);
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await host.LookAsync();
        Assert.Equal([Pump], (await receiver.NextAsync()).Notification.Alerts.Select(alert => alert.Device!.Value));
        Assert.DoesNotContain(await host.AlertsAsync(), alert => alert.Silenced);

        await DeleteAsync(host, $"{Routes.AlertSilences}/{silence.Id}", ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Post, Routes.AlertSilences, new CreateAlertSilence(host.Time.GetMicroseconds() + 1, "of nothing")).RefusedAsync(ProblemTypes.Validation);
        await host.Operator.SendAsync(HttpMethod.Post, Routes.AlertSilences, new CreateAlertSilence(host.Time.GetMicroseconds(), "over", "device-silent")).RefusedAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task A_notification_that_is_not_taken_is_tried_again_given_up_and_tried_again_by_hand()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var host = await StartAsync(receiver.Settings);
        receiver.Answer([.. Enumerable.Repeat(HttpStatusCode.ServiceUnavailable, NotificationDecision.AttemptsMax)]);
        await host.QuarantineAsync(Pump);
        await host.LookAsync();

        var ids = new List<string> { (await receiver.NextAsync()).Id };
        while (ids.Count < NotificationDecision.AttemptsMax)
        {
            var waiting = Assert.Single(await SettledAsync(host, ids.Count));
            Assert.Equal((NotificationState.Waiting, "Answered with 503."), (waiting.State, waiting.LastError));
            host.Time.Advance(Microseconds.ToTime(waiting.NextAttemptAt!.Value) - host.Time.GetUtcNow());
            host.Get<NotificationWork>().Wake();
            ids.Add((await receiver.NextAsync()).Id);
        }

        var dead = Assert.Single(await SettledAsync(host, ids.Count));
        Assert.Equal((NotificationState.Dead, ids.Count, "pager", null), (dead.State, dead.Attempts, dead.Webhook, dead.NextAttemptAt));
        Assert.Equal([dead], await host.NotificationsAsync("?state=dead"));
        Assert.Equal([dead.Id], ids.Distinct());
        // The evaluation has not waited for any of it.
        Assert.Equal(AlertState.Firing, Assert.Single(await host.AlertsAsync()).State);

        using (var retried = await host.Operator.SendAsync(HttpMethod.Post, $"{Routes.AlertNotifications}/{dead.Id}/retry"))
        {
            Assert.Equal((NotificationState.Waiting, 0), await retried.ReadAsync<AlertNotificationView>() is var view ? (view.State, view.Attempts) : default);
        }

        Assert.Equal(dead.Id, (await receiver.NextAsync()).Id);
        var sent = Assert.Single(await SettledAsync(host, 1));
        Assert.Equal((NotificationState.Sent, host.Time.GetMicroseconds()), (sent.State, sent.SentAt));
        await host.Operator.SendAsync(HttpMethod.Post, $"{Routes.AlertNotifications}/{new string('0', 32)}/retry").RefusedAsync(ProblemTypes.NotFound);
    }

    private async Task<CommandsHost> StartAsync(params (string, string)[] settings)
    {
        var host = await CommandsHost.StartAsync(on, settings);
        // The test's rounds are the only ones.
        await host.Get<AlertWork>().StopAsync(Ct);
        using var registered = await host.Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations(
            [new DeviceRegistration(Pump, "pump", new() { ["site"] = "north" }), new DeviceRegistration(Valve, "valve", new() { ["site"] = "south" })]));
        Assert.Equal(HttpStatusCode.NoContent, registered.StatusCode);
        return host;
    }

    private static Task<AlertView> AcknowledgeAsync(CommandsHost host, string alert, string note) =>
        host.Operator.SendAsync<AlertView>(HttpMethod.Post, $"{Routes.Alerts}/{alert}/acknowledge", new AcknowledgeAlert(note));

    private static Task<HttpResponseMessage> DeleteAsync(CommandsHost host, string path) => host.Operator.SendAsync(HttpMethod.Delete, path);

    private static Task<Problem> DeleteAsync(CommandsHost host, string path, ProblemType refused) => DeleteAsync(host, path).RefusedAsync(refused);

    // The receiver has it before its sender has written down how that went.
    private static async Task<IReadOnlyList<AlertNotificationView>> SettledAsync(CommandsHost host, int attempts)
    {
        while (true)
        {
            Ct.ThrowIfCancellationRequested();
            var notifications = await host.NotificationsAsync();
            if (notifications is [var one] && one.Attempts == attempts && !IsClaimed(one, host.Time.GetMicroseconds()))
            {
                return notifications;
            }

            await Task.Yield();
        }

        // No wait is so long.
        static bool IsClaimed(AlertNotificationView notification, long now) => notification.NextAttemptAt > now + 601_000_000;
    }
}

public sealed class AlertTestsOnSqlite() : AlertTests(ContractDatabase.Sqlite);

public sealed class AlertTestsOnServer() : AlertTests(ContractDatabase.Server);

public sealed class AlertTestsOfDoubtfulCommits() : AlertTests(ContractDatabase.DoubtfulServer);
