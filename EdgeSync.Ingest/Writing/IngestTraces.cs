using System.Diagnostics;

namespace EdgeSync.Ingest;

/// <summary>
/// Spans of a write and of the commit of its group. Null, and nothing made, while nobody listens. A commit belongs to the trace of the first write that is recorded, so that it is kept when that one
/// is; it has links to all of them, and each of them has one to it.
/// </summary>
internal static class IngestTraces
{
    public const string SourceName = "EdgeSync.Ingest";

    // More are cut off by exporters.
    private const int LinksMax = 128;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>One write, from the queue to its outcome.</summary>
    public static Activity? Write(WriteRequest request) => Source.StartActivity("ingest write") is { } span
        ? span
            .SetTag("edgesync.device.id", request.Device.ToString())
            .SetTag("edgesync.write", request is HeartbeatRequest ? "heartbeat" : "batch")
            .SetTag("edgesync.batch.first", (request as AppendRequest)?.Batch.Batch.First)
            .SetTag("edgesync.rows", request.Rows)
        : null;

    /// <summary>One transaction for a group of writes; the database's spans are beneath it.</summary>
    /// <param name="writes">The spans of the group's writes.</param>
    public static Activity? Commit(IEnumerable<Activity?> writes)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var recorded = writes.Where(write => write is { Recorded: true }).Take(LinksMax).ToList();
        if (recorded is not [{ Context: var first }, ..])
        {
            return null;
        }

        var span = Source.StartActivity(ActivityKind.Internal, first, links: recorded.Select(write => new ActivityLink(write!.Context)), name: "ingest commit");
        if (span is not null)
        {
            span.SetTag("edgesync.writes", recorded.Count);
            recorded.ForEach(write => write!.AddLink(new ActivityLink(span.Context)));
        }

        return span;
    }
}
