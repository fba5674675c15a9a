namespace EdgeSync.EdgeSimulator;

/// <summary>The report of a run, written as JSON.</summary>
internal sealed record RunReport
{
    public int SchemaVersion { get; init; } = 1;

    public required int Seed { get; init; }

    public required int Devices { get; init; }

    public required double DurationSeconds { get; init; }

    public required long Produced { get; init; }

    public required long Stored { get; init; }

    public required long Refused { get; init; }

    public required long Dropped { get; init; }

    public required long Expired { get; init; }

    public required long Pending { get; init; }

    public required long Lost { get; init; }

    public required long Duplicated { get; init; }

    public required long Altered { get; init; }

    /// <summary>Streams beyond the first of each device: files that were rolled back and began anew, and live streams that were begun beside a backlog.</summary>
    public required long ExtraStreams { get; init; }

    public required long Batches { get; init; }

    public required long ResentBatches { get; init; }

    public required double RecordsPerSecond { get; init; }

    public required Percentiles SyncLatencyMs { get; init; }

    /// <summary>Certificates that devices have renewed.</summary>
    public required long CertificateRenewals { get; init; }

    public required CommandCounts Commands { get; init; }

    public required ConflictCounts Conflicts { get; init; }

    public required Percentiles CommandLatencyMs { get; init; }

    public required double ConnectSeconds { get; init; }

    /// <summary>From the end of the faults until no device had anything left to send and no command was under way.</summary>
    public required double DrainSeconds { get; init; }

    public required double CpuMicrosecondsPerRecord { get; init; }

    public required double PeakWorkingSetMb { get; init; }

    /// <summary>Failed attempts of the agents by category.</summary>
    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>What the fault injector did.</summary>
    public required FaultCounts Faults { get; init; }

    /// <summary>The first ten differences that the audit found.</summary>
    public required IReadOnlyList<string> Differences { get; init; }

    /// <summary><c>pass</c> or <c>fail</c>.</summary>
    public required string Verdict { get; init; }
}

internal sealed record CommandCounts(
    int Issued, int Succeeded, int Failed, int Interrupted, int Expired, int Cancelled, int Unfinished, int Lost, int Repeated);

/// <param name="Documents">Devices whose configuration was compared with the control plane's, key by key.</param>
/// <param name="Logged">Rows of the conflict log.</param>
/// <param name="Required">Conflicts that had to be in it.</param>
/// <param name="Missing">Those of them that are not.</param>
/// <param name="Wrong">Rows that were no conflict, or say what no rule decides.</param>
/// <param name="UncheckedDevices">Devices whose file was rolled back: their rows are checked, not whether any is missing.</param>
internal sealed record ConflictCounts(int Documents, int Logged, int Required, int Missing, int Wrong, int UncheckedDevices);

/// <param name="Requests">Requests that were dropped, whose answer was lost, or that were sent twice.</param>
/// <param name="ServicesKilled">SIGKILLs to gateway, ingest and commands.</param>
/// <param name="WorkersKilled">SIGKILLs to processes that carry devices.</param>
/// <param name="DatabasesKilled">SIGKILLs to the private PostgreSQL.</param>
/// <param name="FilesRolledBack">Device files replaced by an older copy.</param>
internal sealed record FaultCounts(long Requests, int ServicesKilled, int WorkersKilled, int DatabasesKilled, int FilesRolledBack);

/// <summary>Percentiles in milliseconds, nearest rank; zeros when nothing was measured.</summary>
internal sealed record Percentiles(double P50, double P95, double P99, double Max)
{
    public static Percentiles Of(List<double> values)
    {
        if (values.Count == 0)
        {
            return new Percentiles(0, 0, 0, 0);
        }

        values.Sort();
        return new Percentiles(At(values, 0.50), At(values, 0.95), At(values, 0.99), Math.Round(values[^1], 1));
    }

    private static double At(List<double> sorted, double share) => Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)], 1);
}
