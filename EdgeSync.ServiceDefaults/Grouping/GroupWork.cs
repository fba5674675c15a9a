using System.Diagnostics;

namespace EdgeSync.ServiceDefaults;

/// <summary>What one writer of a <see cref="GroupCommit{TRequest, TOutcome}"/> does with its groups. One group at a time, so it may use what it holds again.</summary>
/// <typeparam name="TRequest">What waits to be committed.</typeparam>
/// <typeparam name="TOutcome">What became of it.</typeparam>
public abstract class GroupWork<TRequest, TOutcome>
{
    /// <summary>The room of a new group: asked for each request in turn, it takes it or says that the group is full. The first one of a group always fits.</summary>
    public abstract Func<TRequest, bool> NewRoom();

    /// <summary>Commits a group in one transaction, each request upon what those before it left. Returns an outcome for each, in order, once all is durable.</summary>
    /// <exception cref="System.Data.Common.DbException">Nothing was written, or (a failed commit) nobody knows; writing the group again must be safe.</exception>
    public abstract Task<IReadOnlyList<TOutcome>> WriteAsync(IReadOnlyList<TRequest> group, CancellationToken ct);

    /// <summary>The outcome of a request that was not written because the service stops.</summary>
    public abstract TOutcome Stopping();

    /// <summary>A group was committed.</summary>
    public virtual void Committed(IReadOnlyList<TRequest> group, TimeSpan duration)
    {
    }

    /// <summary>Begins the span of a group's transaction; null where nobody listens.</summary>
    /// <param name="requests">The spans of its requests, null for those without.</param>
    public virtual Activity? Span(IEnumerable<Activity?> requests) => null;

    /// <summary>A request is about to be answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="span">Its span; null for none.</param>
    public virtual void Answered(TRequest request, TOutcome outcome, Activity? span)
    {
    }

    /// <summary>Requests failed, and each gets the error.</summary>
    public virtual void Failed(int requests)
    {
    }
}
