namespace EdgeSync.ServiceDefaults;

/// <summary>How requests are committed as groups.</summary>
/// <param name="Writers">Transactions under way at once, 1 or more; the embedded database has one writer.</param>
/// <param name="QueueMax">Requests that may wait for each writer, 1 or more.</param>
/// <param name="CommitWait">How long a writer that has work waits for more before it commits a group; a request that finds it idle never waits.</param>
public sealed record GroupLimits(int Writers, int QueueMax, TimeSpan CommitWait);
