using System.Reflection;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What a device says of itself.</summary>
internal sealed class HeartbeatReport(StreamStore streams, DeadLetterStore deadLetters, string databasePath, TimeProvider time)
{
    public static readonly string AgentVersion =
        typeof(HeartbeatReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>The streams with unsent entries and the live one.</summary>
    public IReadOnlyList<StreamPosition> OpenStreams() => Positions(streams.ReadOpen(live: true));

    public Heartbeat Read(Boot boot, string reason, TimeSpan reasonAge)
    {
        var now = time.GetMicroseconds();
        var pending = streams.CountPending();
        return new Heartbeat(
            boot,
            now,
            AgentVersion,
            reason,
            now - (long)reasonAge.TotalMicroseconds,
            pending,
            pending == 0 ? 0 : streams.EstimatePendingBytes(),
            deadLetters.Count(),
            Positions(streams.ReadKept()),
            streams.OldestPendingAt(),
            DiskFreeBytes());
    }

    private static IReadOnlyList<StreamPosition> Positions(IReadOnlyList<StreamRow> rows) =>
        [.. rows.Select(stream => new StreamPosition(stream.Epoch, stream.Head, stream.Acked, stream.Live))];

    private long? DiskFreeBytes()
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(databasePath)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // Not every file system tells; the heartbeat then leaves it out.
            return null;
        }
    }
}
