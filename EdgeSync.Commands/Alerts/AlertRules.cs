using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What makes rules, silences and notes acceptable.</summary>
internal static class AlertRules
{
    public const int NoteCharsMax = 256;

    private const int NameCharsMax = 64;
    private const double ThresholdMax = 1e9;
    private const int SecondsMax = 86_400;

    private static readonly TimeSpan SilenceMax = TimeSpan.FromDays(365);

    public static FieldErrors Check(AlertRule rule)
    {
        var errors = new FieldErrors();
        errors.Add("name", CheckName(rule.Name));
        errors.Add("threshold", CheckThreshold(rule.Threshold));
        errors.Add("clearThreshold", CheckClear(rule));
        errors.Add("forSeconds", CheckSeconds(rule.ForSeconds));
        errors.Add("keepFiringForSeconds", CheckSeconds(rule.KeepFiringForSeconds));
        errors.Add("selector", rule.Selector is null ? null
            : !AlertKinds.TakesSelector(rule.Kind) ? $"A rule of kind {Words.Of(rule.Kind)} is of the control plane and looks at no devices; leave the selector out."
            : LabelSelector.TryParse(rule.Selector, out _, out var wrong) ? null
            : wrong);
        errors.Add("summary", rule.Summary is null ? null : CheckNote(rule.Summary, "A summary"));
        return errors;
    }

    public static FieldErrors Check(AcknowledgeAlert acknowledge)
    {
        var errors = new FieldErrors();
        errors.Add("note", CheckNote(acknowledge.Note, "A note"));
        return errors;
    }

    public static FieldErrors Check(CreateAlertSilence silence, long now)
    {
        var errors = new FieldErrors();
        errors.Add("until", silence.Until > now && silence.Until <= now + (long)SilenceMax.TotalMicroseconds ? null : $"A silence ends in the future, and at most {SilenceMax.Days} days from now; the time is in microseconds since 1970.");
        errors.Add("note", CheckNote(silence.Note, "A note"));
        errors.Add("rule", silence.Rule is null ? null : CheckName(silence.Rule));
        errors.Add("selector", silence.Selector is null || LabelSelector.TryParse(silence.Selector, out _, out var wrong) ? null : wrong);
        errors.Add("rule", silence is { Rule: null, Device: null, Selector: null } ? "Name a rule, a device or a selector, or several of them." : null);
        return errors;
    }

    /// <summary>What is wrong with a rule's or a webhook's name, or null.</summary>
    public static string? CheckName(string name) =>
        name.Length is > 0 and <= NameCharsMax && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') ? null : $"A name has 1 to {NameCharsMax} of a-z, 0-9 and hyphens.";

    private static string? CheckThreshold(double threshold) => threshold is >= 0 and <= ThresholdMax ? null : "A threshold is 0 to 1,000,000,000.";

    private static string? CheckClear(AlertRule rule) => rule.ClearThreshold is not { } clear ? null
        : CheckThreshold(clear)
        ?? (AlertKinds.FiresBelow(rule.Kind)
            ? clear >= rule.Threshold ? null : "This kind fires below its threshold, so it is over at that or above."
            : clear <= rule.Threshold ? null : "This kind fires above its threshold, so it is over at that or below.");

    private static string? CheckSeconds(int seconds) => seconds is >= 0 and <= SecondsMax ? null : $"A duration is 0 to {SecondsMax} seconds.";

    private static string? CheckNote(string text, string what) =>
        text.Length is > 0 and <= NoteCharsMax && !text.Any(char.IsControl) ? null : $"{what} has 1 to {NoteCharsMax} characters, none of them control characters.";
}
