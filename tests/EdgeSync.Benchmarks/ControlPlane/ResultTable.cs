using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeSync.Benchmarks;

/// <summary>What a run is written down as: medians, and ratios of the same repetition to the best direct insert.</summary>
internal static class ResultTable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Everything as it was measured.</summary>
    public static string Json(IReadOnlyList<Measurement> results) => JsonSerializer.Serialize(results, Indented);

    /// <summary>The table, and below it what is held to something.</summary>
    public static string Markdown(IReadOnlyList<Measurement> results)
    {
        var ways = results.Select(result => result.Way).Distinct().ToList();
        var ceiling = ways.Where(WayNames.IsUnnest).MaxBy(way => Median(results, way, result => result.ReadingsPerSecond))!;
        var text = new StringBuilder()
            .AppendLine("| way | readings/s | ratio | rows a transaction | µs CPU a reading: all | PostgreSQL | gateway or broker | ingest or subscriber | client |")
            .AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var way in ways)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"""
                | {way} | {Of(result => result.ReadingsPerSecond):N0} | {Ratio(results, way, ceiling):F2} | {Of(result => result.RowsPerTransaction):N0} | {Of(result => result.MicrosecondsPerReading):F1} | {Of(result => result.DatabaseMicroseconds / result.Readings):F1} | {Of(result => result.GatewayMicroseconds / result.Readings):F1} | {Of(result => result.IngestMicroseconds / result.Readings):F1} | {Of(result => result.ClientMicroseconds / result.Readings):F1} |
                """);

            double Of(Func<Measurement, double> value) => Median(results, way, value);
        }

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Ratio: to {ceiling}, in the same repetition.");
        if (Has(WayNames.Ingest(50)))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"Ingest at 50 a batch to direct unnest: {Ratio(results, WayNames.Ingest(50), ceiling):F2} (at least 0.50).");
        }

        if (Has(WayNames.Ingest(10)) && Has(WayNames.Ungrouped))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"Ingest at 10 a batch to the same without grouping: {Ratio(results, WayNames.Ingest(10), WayNames.Ungrouped):F1} (at least 4).");
        }

        foreach (var way in ways.Where(WayNames.IsSecured))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"""
                {way}: {Median(results, way, result => result.ReadingsPerSecond):N0} readings/s (at least 100,000), gateway and ingest {Median(results, way, result => (result.GatewayMicroseconds + result.IngestMicroseconds) / result.Readings):F1} µs a reading (at most 5), to direct unnest {Ratio(results, way, ceiling):F2} (at least 0.50).
                """);
        }

        return text.ToString();

        bool Has(string way) => ways.Contains(way);
    }

    /// <summary>What a kill of the peer's broker cost, a sentence.</summary>
    public static string Of(PeerLoss loss) => string.Create(
        CultureInfo.InvariantCulture,
        $"mosquitto killed (kill -9) in the middle{(loss.SubscriberToo ? ", the subscriber with it" : "")}: of {loss.Confirmed:N0} readings that it had confirmed, {loss.Lost:N0} were lost ({loss.Lost / (double)loss.PerMessage:N0} messages).");

    private static double Ratio(IReadOnlyList<Measurement> results, string way, string to) => Median(
        results, way, result => result.ReadingsPerSecond / results.Single(other => other.Way == to && other.Repetition == result.Repetition).ReadingsPerSecond);

    private static double Median(IReadOnlyList<Measurement> results, string way, Func<Measurement, double> value)
    {
        var sorted = results.Where(result => result.Way == way).Select(value).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
