using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>What operators and the evaluation do about alerts, in verbs.</summary>
internal static class AlertDriver
{
    public static Task<bool> LookAsync(this CommandsHost host) => host.Get<AlertWork>().EvaluateAsync(TestContext.Current.CancellationToken);

    public static async Task<IReadOnlyList<AlertView>> AlertsAsync(this CommandsHost host, string query = "") =>
        (await host.Operator.SendAsync<Page<AlertView>>(HttpMethod.Get, Routes.Alerts + query)).Items;

    public static Task<AlertRuleView> SetRuleAsync(this CommandsHost host, string name, AlertRuleWrite rule) =>
        host.Operator.SendAsync<AlertRuleView>(HttpMethod.Put, $"{Routes.AlertRules}/{name}", rule);

    public static async Task<AlertRuleView> RuleAsync(this CommandsHost host, string name) =>
        (await host.Operator.SendAsync<AlertRulesView>(HttpMethod.Get, Routes.AlertRules)).Items.Single(view => view.Rule.Name == name);

    public static Task<AlertSilenceView> SilenceAsync(this CommandsHost host, TimeSpan length, string? rule = null, DeviceId? device = null, string? selector = null) =>
        host.Operator.SendAsync<AlertSilenceView>(
            HttpMethod.Post, Routes.AlertSilences, new CreateAlertSilence(host.Time.GetMicroseconds() + (long)length.TotalMicroseconds, "works", rule, device, selector));

    public static async Task<IReadOnlyList<AlertNotificationView>> NotificationsAsync(this CommandsHost host, string query = "") =>
        (await host.Operator.SendAsync<Page<AlertNotificationView>>(HttpMethod.Get, Routes.AlertNotifications + query)).Items;

    /// <summary>A value of a device, as a proof of a copy would leave it: quarantined, or not.</summary>
    public static Task QuarantineAsync(this CommandsHost host, DeviceId device, bool isQuarantined = true) =>
        host.ExecuteAsync($"UPDATE devices SET state = '{(isQuarantined ? "quarantined" : "active")}' WHERE device_id = '{device}'");

    /// <summary>Settings in which a rule is the only one that is looked at.</summary>
    public static IEnumerable<(string, string)> Only(string name) => BuiltInAlertRules.All.Where(rule => rule.Name != name).SelectMany((rule, i) =>
        new[] { ($"Alerts:Rules:{i}:Name", rule.Name), ($"Alerts:Rules:{i}:Enabled", "false") });
}
