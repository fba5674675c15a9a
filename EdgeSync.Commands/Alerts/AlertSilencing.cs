using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Which alerts silences hold back. Pure.</summary>
internal sealed class AlertSilencing
{
    public static readonly AlertSilencing None = new([], 0);

    private readonly IReadOnlyList<(CreateAlertSilence Silence, Func<string?, bool> Matches)> _silences;

    /// <param name="silences">All that there are.</param>
    /// <param name="now">Those that have ended by now hold nothing back, microseconds since 1970.</param>
    public AlertSilencing(IEnumerable<CreateAlertSilence> silences, long now) =>
        _silences = [.. silences.Where(silence => silence.Until > now).Select(silence => (silence, AlertReadings.Matcher(silence.Selector)))];

    public bool Holds(AlertRow row) => _silences.Any(pair =>
        (pair.Silence.Rule is null || pair.Silence.Rule == row.Rule)
        && (pair.Silence.Device is null || pair.Silence.Device == row.Device)
        && pair.Matches(row.Labels));
}
