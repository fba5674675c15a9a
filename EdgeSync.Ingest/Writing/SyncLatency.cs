namespace EdgeSync.Ingest;

/// <summary>
/// How long readings were on their way from the sensor to the database, in seconds. By the device's clock until they were sent and by ours from then on, so that a wrong clock does not show; the
/// time on the wire is left out, which neither clock can tell. Pure.
/// </summary>
internal static class SyncLatency
{
    /// <summary>Of the oldest and the newest new reading of a batch; null when nothing of it was stored.</summary>
    /// <param name="plan">What was written of the batch.</param>
    /// <param name="durableAt">When, microseconds since 1970.</param>
    public static (double Oldest, double Newest)? Of(AppendPlan plan, long durableAt)
    {
        if (plan.Rows.Count == 0)
        {
            return null;
        }

        var (oldest, newest) = (long.MaxValue, long.MinValue);
        foreach (var row in plan.Rows)
        {
            var at = plan.Source.RecordedAt[row.Index];
            oldest = Math.Min(oldest, at);
            newest = Math.Max(newest, at);
        }

        return (Seconds(oldest), Seconds(newest));

        // A sensor may give times of the future.
        double Seconds(long recordedAt) => Math.Max(0, plan.Source.SentAt - recordedAt + durableAt - plan.ReceivedAt) / 1e6;
    }
}
