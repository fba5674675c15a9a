using System.Diagnostics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>What a writer does with a group of writes.</summary>
internal sealed class WriteWork(TelemetryStore store, IngestOptions options, IngestMetrics metrics, TimeProvider time) : GroupWork<WriteRequest, WriteOutcome>
{
    // Of readings' texts in one transaction: a statement may have 16 MiB on CockroachDB, and a character up to three bytes. One batch may be larger.
    private const int TextCharactersMax = 4 * 1024 * 1024;

    public override Func<WriteRequest, bool> NewRoom()
    {
        var (writes, rows, characters) = (0, 0L, 0L);
        return next =>
        {
            if (writes > 0 && (rows + next.Rows > options.CommitRowsMax || characters + next.TextCharacters > TextCharactersMax))
            {
                return false;
            }

            (writes, rows, characters) = (writes + 1, rows + next.Rows, characters + next.TextCharacters);
            return true;
        };
    }

    public override Task<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<WriteRequest> group, CancellationToken ct) => store.WriteAsync(group, ct);

    public override WriteOutcome Stopping() => new WriteOutcome.Stopping();

    public override void Committed(IReadOnlyList<WriteRequest> group, TimeSpan duration) => metrics.Committed(duration, group.Sum(request => request.Rows), group.Count);

    public override Activity? Span(IEnumerable<Activity?> requests) => IngestTraces.Commit(requests);

    public override void Answered(WriteRequest request, WriteOutcome outcome, Activity? span)
    {
        metrics.Answered(request, outcome, time.GetMicroseconds());
        span?.SetTag("edgesync.outcome", outcome.Word);
    }

    public override void Failed(int requests) => metrics.Failed(requests);
}
