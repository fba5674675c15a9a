using System.Diagnostics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Answers for writes that were refused whatever they held.</summary>
internal static class WriteProblems
{
    public static ProblemResult Of(WriteOutcome refused, IngestOptions options) => refused switch
    {
        WriteOutcome.StaleBoot(var newest) => (ProblemTypes.StaleBoot.With(
            $"Run {newest.Number} of the device program has been seen. A live process takes {newest.Number + 1} and sends again; this message is of an earlier run or of a copy.") with
        { Boot = newest.Number }).ToResult(),
        WriteOutcome.CloneProved => ProblemTypes.DeviceQuarantined.With(
            "Two machines use this device's identity at once. Find the copy, and have an operator let the device in again.").ToResult(),
        WriteOutcome.QueueFull => ProblemTypes.Overloaded.With("Too many writes wait for the database; send the same again later.").ToResult(options.RetryAfter),
        WriteOutcome.Stopping => Unavailable("The service is stopping; send the same again.", options),
        _ => throw new UnreachableException(),
    };

    public static ProblemResult Unavailable(string detail, IngestOptions options) => ProblemTypes.Unavailable.With(detail).ToResult(options.RetryAfter);
}
