using System.Diagnostics.CodeAnalysis;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>A telemetry batch out of a request: its media type, its header and its columns must fit together.</summary>
internal static class TelemetryBody
{
    /// <summary>False with a problem that says what to send instead.</summary>
    public static bool TryRead(
        RequestBody body, string? header, [NotNullWhen(true)] out TelemetryBatch? batch, [NotNullWhen(false)] out ProblemResult? problem)
    {
        problem = ColumnsBody.Decode(body, TelemetryCodec.DecodeProtobuf, TelemetryCodec.DecodeJson, out batch);
        // The last numbers of a 63-bit stream: wrapped around, they would lie below every watermark.
        if (problem is null && batch!.Last < batch.First)
        {
            problem = ProblemTypes.MalformedBody.With("The columns do not fit: the numbers run past 2^63 - 1; begin a new stream.").ToResult();
        }

        if (problem is null && CheckHeader(header, batch!) is { } mismatch)
        {
            problem = ProblemTypes.BatchHeaderMismatch.With(mismatch).ToResult();
        }

        return problem is null && batch is not null;
    }

    private static string? CheckHeader(string? header, TelemetryBatch batch)
    {
        if (!BatchHeader.TryParse(header, out var told))
        {
            return $"The header {Headers.Batch} is missing or unreadable; send epoch;first;count;lane with lane live or backlog.";
        }

        var held = BatchHeader.Of(batch, told.Lane);
        return told == held ? null : $"The header {Headers.Batch} says {told}, the body holds {held}.";
    }
}
