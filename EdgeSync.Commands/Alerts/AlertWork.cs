using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Looks at all rules at each interval. One instance does it for all; the others try to take its place, and so find it empty when it is gone. Nothing but the database's own alert is in memory.</summary>
internal sealed partial class AlertWork(
    AlertRuleBook book,
    AlertRuleStore rules,
    AlertSilenceStore silences,
    AlertLeaseStore lease,
    AlertReadingStore readings,
    AlertStateStore state,
    AlertHistoryStore history,
    DatabaseWatch watch,
    DirectNotifications direct,
    NotificationWork notifications,
    WebhookSender sender,
    AlertMetrics metrics,
    InstanceName instance,
    IOptions<AlertOptions> options,
    TimeProvider time,
    ILogger<AlertWork> log)
    : PeriodicWork(options.Value.Interval, "Alerts could not be evaluated", time, log)
{
    private const int ForgetMax = 1_000;
    private const int NamedMax = 5;

    private static readonly TimeSpan ForgetInterval = TimeSpan.FromHours(1);

    private long? _forgotAt;

    /// <summary>One look; true where this instance evaluates.</summary>
    /// <exception cref="DbException">The database could not be used, which was looked at too.</exception>
    public async Task<bool> EvaluateAsync(CancellationToken ct)
    {
        try
        {
            var evaluates = await LookAsync(ct);
            Tell(watch.Usable(), isDirect: true);
            if (watch.Over is { Count: > 0 } over)
            {
                await state.KeepAsync(over, ct);
                watch.Kept();
            }

            return evaluates;
        }
        catch (DbException e) when (DatabaseFaults.IsUnavailable(e))
        {
            Tell(watch.Away(), isDirect: true);
            throw;
        }
    }

    protected override Task RoundAsync(CancellationToken ct) => EvaluateAsync(ct);

    private async Task<bool> LookAsync(CancellationToken ct)
    {
        var (now, began) = (Time.GetMicroseconds(), Time.GetTimestamp());
        var held = book.With(await rules.ReadAsync(ct)).Select(view => view.Rule).Where(rule => rule.Enabled).ToList();
        var silencing = await silences.ReadAsync(now, ct);
        watch.Use(held, silencing);
        if (!await lease.TakeAsync(instance.Value, now, now + (long)options.Value.Lease.TotalMicroseconds, ct))
        {
            metrics.Rested();
            return false;
        }

        var ours = held.Where(rule => !DatabaseWatch.IsMine(rule)).ToList();
        var (unfinished, groups) = await state.ReadAsync(ct);
        var round = new AlertRound(ours, unfinished, groups, silencing, options.Value.Pace, sender.Audience);
        var plan = AlertPlan.Of(round, await readings.ReadAsync(ours, now, ct), now);
        if (!plan.IsEmpty && !await state.SaveAsync(plan, instance.Value, now, ct))
        {
            metrics.Rested();
            return false;
        }

        metrics.Evaluated(Time.GetElapsedTime(began), plan.Firing);
        Tell(plan, isDirect: false);
        await ForgetAsync(now, ct);
        return true;
    }

    private void Tell(AlertPlan plan, bool isDirect)
    {
        foreach (var steps in plan.Steps.Where(step => step.Transition is AlertTransition.Fired or AlertTransition.Resolved).GroupBy(step => (step.Row.Rule, step.Transition)))
        {
            var rows = steps.Select(step => step.Row).ToList();
            rows.ForEach(metrics.Stepped);
            var named = string.Join(" ", rows.Take(NamedMax).Select(row => row.Summary)) + (rows.Count > NamedMax ? " ..." : "");
            if (steps.Key.Transition == AlertTransition.Fired)
            {
                LogFiring(steps.Key.Rule, rows[0].Severity, rows.Count, named);
            }
            else
            {
                LogResolved(steps.Key.Rule, rows[0].Severity, rows.Count, named);
            }
        }

        if (isDirect)
        {
            direct.Add(plan.Notifications.Select(planned => NotificationRow.Of(planned, planned.Notification.At)));
        }

        if (plan.Notifications.Count > 0)
        {
            notifications.Wake();
        }
    }

    private async Task ForgetAsync(long now, CancellationToken ct)
    {
        if (_forgotAt is { } at && Time.GetElapsedTime(at) < ForgetInterval)
        {
            return;
        }

        var cutoff = now - (long)options.Value.Retention.TotalMicroseconds;
        while (await history.ForgetAsync(cutoff, options.Value.KeptMax, ForgetMax, ct) >= ForgetMax)
        {
            // There may be more.
        }

        _forgotAt = Time.GetTimestamp();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Alert rule {Rule} ({Severity}) fires for {Count} more: {Summaries}")]
    private partial void LogFiring(string rule, string severity, int count, string summaries);

    [LoggerMessage(Level = LogLevel.Information, Message = "Alert rule {Rule} ({Severity}) is over for {Count}: {Summaries}")]
    private partial void LogResolved(string rule, string severity, int count, string summaries);
}
