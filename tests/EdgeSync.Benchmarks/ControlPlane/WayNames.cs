using System.Globalization;

namespace EdgeSync.Benchmarks;

/// <summary>Names of the ways to write readings: the rows of the table.</summary>
internal static class WayNames
{
    public const string Ungrouped = "ingest, 10 a batch, a transaction for each";

    private const string UnnestPrefix = "direct unnest of 5,000";

    public static string Copy(int connections) => string.Create(CultureInfo.InvariantCulture, $"direct binary COPY, {connections} connection{(connections == 1 ? "" : "s")}");

    public static string Unnest(int writers) => string.Create(CultureInfo.InvariantCulture, $"{UnnestPrefix}, {writers} writer{(writers == 1 ? "" : "s")}");

    public static string Ingest(int readingsPerBatch) => string.Create(CultureInfo.InvariantCulture, $"ingest, {readingsPerBatch} a batch");

    public static string Secured(int readingsPerBatch, int instances) =>
        string.Create(CultureInfo.InvariantCulture, $"gateway and {instances} ingest, mutual TLS, {readingsPerBatch} a batch");

    public static IEnumerable<string> OfSecured(SystemSettings settings) =>
        from instances in new[] { 1, settings.Instances } from size in new[] { 10, 50 } select Secured(size, instances);

    /// <summary>Whether it is one that the targets for the control plane behind its gateway are of.</summary>
    public static bool IsSecured(string way) => way.EndsWith(", mutual TLS, 50 a batch", StringComparison.Ordinal);

    public static string Peer(int readingsPerMessage) =>
        string.Create(CultureInfo.InvariantCulture, $"mosquitto and a subscriber, no TLS, {readingsPerMessage} a message");

    public static bool IsUnnest(string way) => way.StartsWith(UnnestPrefix, StringComparison.Ordinal);
}
