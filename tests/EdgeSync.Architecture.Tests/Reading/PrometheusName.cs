namespace EdgeSync.Architecture.Tests;

/// <summary>
/// What Prometheus calls a metric of OpenTelemetry (the compatibility specification, "OTLP metric points to Prometheus", as the collector's exporters do it): dots become underscores, the unit a suffix,
/// a counter ends in <c>_total</c>, and a histogram is three.
/// </summary>
internal static class PrometheusName
{
    private static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal) { ["s"] = "seconds", ["ms"] = "milliseconds", ["d"] = "days", ["By"] = "bytes", ["1"] = "ratio" };

    /// <param name="metric">The metric.</param>
    /// <param name="kind">counter, up-down counter, histogram or gauge.</param>
    /// <param name="unit">UCUM; what is in braces says what is counted and becomes no suffix.</param>
    public static IReadOnlyList<string> Of(string metric, string kind, string unit)
    {
        var name = Words(metric);
        // A ratio is said of gauges alone.
        if (Units.TryGetValue(unit, out var suffix) && (unit != "1" || kind == "gauge") && !name.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            name += "_" + suffix;
        }

        return kind switch
        {
            "counter" => [name.EndsWith("_total", StringComparison.Ordinal) ? name : name + "_total"],
            "histogram" => [name + "_bucket", name + "_count", name + "_sum"],
            _ => [name],
        };
    }

    /// <summary>What it calls an attribute.</summary>
    public static string Words(string name) => string.Concat(name.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));
}
