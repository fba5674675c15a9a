using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Settings of alerts, section <c>Alerts</c>; no record, so that no log writes a secret out.</summary>
public sealed class AlertOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Alerts";

    /// <summary>How often the rules are looked at, 1 second to 1 hour.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after the last look of the instance that evaluates another one takes over, 5 seconds to 6 hours; at least twice the interval.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From one notification of a rule to the next of its kind, 0 to 1 hour.</summary>
    public TimeSpan GroupInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>When what still fires is told again, 1 minute to 7 days.</summary>
    public TimeSpan RepeatInterval { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long alerts that are over are kept, and notifications, 1 hour to 10 years.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How many alerts that are over are kept at most, and how many notifications, 100 to 10,000,000.</summary>
    public int KeptMax { get; init; } = 100_000;

    /// <summary>Rules, in place of the program's own where they have their names.</summary>
    public IReadOnlyList<AlertRuleOption> Rules { get; init; } = [];

    /// <summary>Who is told.</summary>
    public IReadOnlyList<WebhookOption> Webhooks { get; init; } = [];

    internal AlertPace Pace => new((long)GroupInterval.TotalMicroseconds, (long)RepeatInterval.TotalMicroseconds);
}

/// <summary>A rule as settings have it. What is left out is as in the program's own rule of the same name, if there is one.</summary>
public sealed class AlertRuleOption
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The word of an <see cref="AlertKind"/>.</summary>
    public string? Kind { get; init; }

    /// <summary>The word of an <see cref="AlertSeverity"/>.</summary>
    public string? Severity { get; init; }

    /// <summary>As <see cref="AlertRule.Threshold"/>.</summary>
    public double? Threshold { get; init; }

    /// <summary>As <see cref="AlertRule.ForSeconds"/>; whole seconds.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>As <see cref="AlertRule.ClearThreshold"/>.</summary>
    public double? ClearThreshold { get; init; }

    /// <summary>As <see cref="AlertRule.KeepFiringForSeconds"/>; whole seconds.</summary>
    public TimeSpan? KeepFiringFor { get; init; }

    /// <summary>As <see cref="AlertRule.Selector"/>.</summary>
    public string? Selector { get; init; }

    /// <summary>As <see cref="AlertRule.Summary"/>.</summary>
    public string? Summary { get; init; }

    /// <summary>As <see cref="AlertRule.Enabled"/>.</summary>
    public bool? Enabled { get; init; }

    /// <summary>The rule; null where kind, severity or threshold is missing or no word.</summary>
    internal AlertRule? ToRule()
    {
        var own = BuiltInAlertRules.Find(Name);
        var kind = Kind is null ? own?.Kind : Words.TryParse<AlertKind>(Kind, out var namedKind) ? namedKind : null;
        var severity = Severity is null ? own?.Severity : Words.TryParse<AlertSeverity>(Severity, out var namedSeverity) ? namedSeverity : null;
        own = own?.Kind == kind ? own : null;
        var threshold = Threshold ?? own?.Threshold;
        return kind is null || severity is null || threshold is null ? null : new AlertRule(
            Name,
            kind.Value,
            severity.Value,
            threshold.Value,
            (int?)For?.TotalSeconds ?? own?.ForSeconds ?? 0,
            // Of another threshold the program's own end says nothing.
            ClearThreshold ?? (Threshold is null ? own?.ClearThreshold : null),
            (int?)KeepFiringFor?.TotalSeconds ?? own?.KeepFiringForSeconds ?? 0,
            Selector,
            Summary,
            Enabled ?? true);
    }
}

/// <summary>Says at start what to change.</summary>
internal sealed class AlertOptionsValidator : IValidateOptions<AlertOptions>
{
    public ValidateOptionsResult Validate(string? name, AlertOptions options)
    {
        var errors = new List<string>();
        Range(errors, nameof(options.Interval), options.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Range(errors, nameof(options.Lease), options.Lease, TimeSpan.FromSeconds(Math.Max(5, 2 * options.Interval.TotalSeconds)), TimeSpan.FromHours(6));
        Range(errors, nameof(options.GroupInterval), options.GroupInterval, TimeSpan.Zero, TimeSpan.FromHours(1));
        Range(errors, nameof(options.RepeatInterval), options.RepeatInterval, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7));
        Range(errors, nameof(options.Retention), options.Retention, TimeSpan.FromHours(1), TimeSpan.FromDays(3_650));
        Range(errors, nameof(options.KeptMax), options.KeptMax, 100, 10_000_000);
        Range(errors, nameof(options.Rules), options.Rules.Count, 0, Limits.AlertRulesMax);
        foreach (var (i, rule) in options.Rules.Index())
        {
            CheckRule(errors, $"{AlertOptions.Section}:Rules:{i}", rule);
        }

        foreach (var (i, webhook) in options.Webhooks.Index())
        {
            webhook.Check($"{AlertOptions.Section}:Webhooks:{i}", errors);
        }

        Unique(errors, "Rules", options.Rules.Select(rule => rule.Name));
        Unique(errors, "Webhooks", options.Webhooks.Select(webhook => webhook.Name));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckRule(List<string> errors, string setting, AlertRuleOption option)
    {
        if (option.Kind is { } kind && !Words.TryParse<AlertKind>(kind, out _))
        {
            errors.Add($"Set {setting}:Kind to one of {Words.List<AlertKind>()}; it is '{kind}'.");
        }
        else if (option.Severity is { } severity && !Words.TryParse<AlertSeverity>(severity, out _))
        {
            errors.Add($"Set {setting}:Severity to one of {Words.List<AlertSeverity>()}; it is '{severity}'.");
        }
        else if (option.ToRule() is not { } rule)
        {
            errors.Add($"Set {setting}:Kind, {setting}:Severity and {setting}:Threshold: no rule of the program's own is named '{option.Name}', or it is of another kind.");
        }
        else
        {
            errors.AddRange(AlertRules.Check(rule).All.Select(error => $"Change {setting}:{char.ToUpperInvariant(error.Key[0])}{error.Key[1..].Replace("Seconds", "", StringComparison.Ordinal)}. {error.Value}"));
        }
    }

    private static void Unique(List<string> errors, string setting, IEnumerable<string> names) =>
        errors.AddRange(names.CountBy(name => name).Where(count => count.Value > 1).Select(count => $"Name '{count.Key}' only once in {AlertOptions.Section}:{setting}."));

    private static void Range<T>(List<string> errors, string setting, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            errors.Add(FormattableString.Invariant($"Set {AlertOptions.Section}:{setting} to a value from {least} to {most}; it is {value}."));
        }
    }
}
