using System.Reflection;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What a device says of itself.</summary>
internal sealed class HeartbeatReport(StreamStore streams, DeadLetterStore deadLetters, SyncLanes lanes, EdgeDeviceOptions options, TimeProvider time)
{
    public static readonly string AgentVersion =
        typeof(HeartbeatReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>The streams with unsent entries and the live one.</summary>
    public IReadOnlyList<StreamPosition> OpenStreams() => Positions(streams.ReadOpen(live: true));

    public Heartbeat Read(Boot boot)
    {
        var (now, worst) = (time.GetMicroseconds(), lanes.Worst);
        var pending = streams.CountPending();
        return new Heartbeat(
            boot,
            now,
            AgentVersion,
            worst.Reason,
            now - (long)(lanes.Now - worst.Since).TotalMicroseconds,
            pending,
            pending == 0 ? 0 : streams.EstimatePendingBytes(),
            deadLetters.Count(),
            Positions(streams.ReadKept()),
            streams.OldestPendingAt(),
            DiskFreeBytes(),
            worst.Category is null ? null : now + (long)(worst.NextAttemptAt - lanes.Now).TotalMicroseconds,
            lanes.ReadFailing(),
            (long)options.HeartbeatInterval.TotalMilliseconds);
    }

    private static IReadOnlyList<StreamPosition> Positions(IReadOnlyList<StreamRow> rows) =>
        [.. rows.Select(stream => new StreamPosition(stream.Epoch, stream.Head, stream.Acked, stream.Live))];

    private long? DiskFreeBytes()
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(options.DatabasePath)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // Not every file system tells; the heartbeat then leaves it out.
            return null;
        }
    }
}
