using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Section <c>Ingest</c>.</summary>
public sealed record IngestOptions
{
    public const string Section = "Ingest";

    /// <summary>Batches and heartbeats that may wait for the writer; more are answered 503.</summary>
    [Range(1, 100_000, ErrorMessage = "Set Ingest:QueueWritesMax to 1 to 100000 writes that may wait for the database.")]
    public int QueueWritesMax { get; init; } = 1_000;

    /// <summary>Rows in one transaction. A batch is never split, so one batch may be larger.</summary>
    [Range(1, 50_000, ErrorMessage = "Set Ingest:CommitRowsMax to 1 to 50000 rows in one transaction.")]
    public int CommitRowsMax { get; init; } = 5_000;

    /// <summary>How far a device's clock may be off before its batches are stored with the offset.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Set Ingest:ClockOffsetMax to 00:00:01 to 1.00:00:00 (one second to one day).")]
    public TimeSpan ClockOffsetMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What <c>Retry-After</c> says when the queue is full or the database cannot be reached; whole seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = "Set Ingest:RetryAfter to 00:00:01 to 00:10:00 (one second to ten minutes).")]
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);
}

[OptionsValidator]
internal sealed partial class IngestOptionsValidator : IValidateOptions<IngestOptions>;
