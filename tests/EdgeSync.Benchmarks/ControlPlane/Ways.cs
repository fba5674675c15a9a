using System.Globalization;

namespace EdgeSync.Benchmarks;

/// <summary>Names of the ways to write readings: the rows of the table.</summary>
internal static class Ways
{
    public const string Ungrouped = "ingest, 10 a batch, a transaction for each";

    private const string UnnestPrefix = "direct unnest of 5,000";

    public static string Copy(int connections) => string.Create(CultureInfo.InvariantCulture, $"direct binary COPY, {connections} connection{(connections == 1 ? "" : "s")}");

    public static string Unnest(int writers) => string.Create(CultureInfo.InvariantCulture, $"{UnnestPrefix}, {writers} writer{(writers == 1 ? "" : "s")}");

    public static string Ingest(int readingsPerBatch) => string.Create(CultureInfo.InvariantCulture, $"ingest, {readingsPerBatch} a batch");

    public static bool IsUnnest(string way) => way.StartsWith(UnnestPrefix, StringComparison.Ordinal);
}
