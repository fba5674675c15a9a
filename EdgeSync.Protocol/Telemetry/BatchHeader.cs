using System.Globalization;

namespace EdgeSync.Protocol;

/// <summary>Which queue a batch belongs to: limits and quotas are kept apart for each.</summary>
public enum Lane
{
    /// <summary>Fresh readings.</summary>
    Live = 0,

    /// <summary>History from an outage.</summary>
    Backlog = 1,
}

/// <summary>
/// The header <c>EdgeSync-Batch: epoch;first;count;lane</c>, e.g. <c>8123372036854775807;1;200;live</c>: what a telemetry body
/// holds, told before it is read. Ingest refuses a body that differs.
/// </summary>
/// <param name="Epoch">The stream.</param>
/// <param name="First">The first entry's number.</param>
/// <param name="Count">Entries: readings and the numbers that gaps cover.</param>
/// <param name="Lane">The queue.</param>
public readonly record struct BatchHeader(Epoch Epoch, long First, long Count, Lane Lane)
{
    /// <summary>The header of a batch.</summary>
    public static BatchHeader Of(TelemetryBatch batch, Lane lane)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new BatchHeader(batch.Epoch, batch.First, batch.EntryCount, lane);
    }

    /// <summary>Reads a header; false for anything else.</summary>
    public static bool TryParse(string? text, out BatchHeader header)
    {
        header = default;
        var parts = (text ?? "").Split(';');
        if (parts.Length != 4
            || !Epoch.TryParse(parts[0], out var epoch)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var first) || first < 1
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1
            || parts[3] is not ("live" or "backlog"))
        {
            return false;
        }

        header = new BatchHeader(epoch, first, count, parts[3] == "live" ? Lane.Live : Lane.Backlog);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Epoch};{First};{Count};{(Lane == Lane.Live ? "live" : "backlog")}");
}
