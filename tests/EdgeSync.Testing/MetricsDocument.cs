using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace EdgeSync.Testing;

/// <summary>A row of the table in docs/observability.md.</summary>
/// <param name="Name">The metric.</param>
/// <param name="Kind">counter, up-down counter, histogram or gauge.</param>
/// <param name="Unit">As the instrument says it (UCUM).</param>
/// <param name="Attributes">The values of each; none where the document only says of what kind they are.</param>
/// <param name="Meter">The meter.</param>
public sealed record MetricRow(string Name, string Kind, string Unit, IReadOnlyDictionary<string, IReadOnlyList<string>> Attributes, string Meter)
{
    /// <summary>What an instrument is, as the table says it.</summary>
    public static string KindOf(Instrument instrument)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        return instrument.GetType().Name switch
        {
            var name when name.StartsWith("Counter", StringComparison.Ordinal) => "counter",
            var name when name.StartsWith("UpDownCounter", StringComparison.Ordinal) => "up-down counter",
            var name when name.StartsWith("Histogram", StringComparison.Ordinal) => "histogram",
            var name when name.StartsWith("ObservableGauge", StringComparison.Ordinal) => "gauge",
            var name => name,
        };
    }
}

/// <summary>The table of every metric, which is the source: code that differs from it is wrong.</summary>
public static partial class MetricsDocument
{
    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, MetricRow> Rows { get; } = Parse(File.ReadAllText(FindPath())).ToDictionary(row => row.Name);

    /// <summary>What an instrument has that its row has not; null when they agree.</summary>
    public static string? WhatIsWrong(Instrument instrument)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        return !Rows.TryGetValue(instrument.Name, out var row) ? $"{instrument.Name} has no row."
            : (row.Kind, row.Unit, row.Meter) is var told && (MetricRow.KindOf(instrument), instrument.Unit, instrument.Meter.Name) is var held && told != held ? $"{instrument.Name} is {held}, and {told} in the table."
            : null;
    }

    /// <summary>What a measurement's attributes are that the row does not know; null when it knows them.</summary>
    public static string? WhatIsWrong(string metric, ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        if (!Rows.TryGetValue(metric, out var row))
        {
            return null;
        }

        foreach (var (key, value) in attributes)
        {
            if (!row.Attributes.TryGetValue(key, out var values))
            {
                return $"{metric} has an attribute {key} that its row does not name.";
            }

            if (values.Count > 0 && !values.Contains($"{value}"))
            {
                return $"{metric} has {key}={value}, which its row does not name.";
            }
        }

        return null;
    }

    private static IEnumerable<MetricRow> Parse(string text) => Row().Matches(text).Select(match => new MetricRow(
        match.Groups["name"].Value,
        match.Groups["kind"].Value,
        match.Groups["unit"].Value,
        Attribute().Matches(match.Groups["attributes"].Value).ToDictionary(
            attribute => attribute.Groups["key"].Value,
            attribute => (IReadOnlyList<string>)(attribute.Groups["values"].Value.StartsWith('(') ? [] : attribute.Groups["values"].Value.Split(", "))),
        match.Groups["meter"].Value));

    private static string FindPath([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "observability.md");

    [GeneratedRegex(@"^\| `(?<name>edgesync\.[a-z._]+)` \| (?<kind>[a-z -]+) \| `(?<unit>[^`]+)` \| (?<attributes>[^|]+) \| [^|]+ \| (?<meter>[\w.]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(?<key>[a-z_]+)`: (?<values>[^;]+?)(?=;|$)")]
    private static partial Regex Attribute();
}
