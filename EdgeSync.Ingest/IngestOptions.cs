using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Section <c>Ingest</c>; checked at start.</summary>
public sealed record IngestOptions
{
    public const string Section = "Ingest";

    /// <summary>Batches and heartbeats that may wait for each writer, 1 to 100,000; more are answered 503.</summary>
    public int QueueWritesMax { get; init; } = 1_000;

    /// <summary>Transactions under way at once on a database server, 1 to 16; the embedded database always has one.</summary>
    public int Writers { get; init; } = 2;

    /// <summary>How long a writer to a database server that has work waits for more before it commits a group, up to 50 ms; a write that finds it idle never waits.</summary>
    public TimeSpan CommitWait { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>Rows in one transaction, 1 to 50,000. A batch is never split, so one batch may be larger.</summary>
    public int CommitRowsMax { get; init; } = 5_000;

    /// <summary>How far a device's clock may be off before its batches are stored with the offset, one second to one day.</summary>
    public TimeSpan ClockOffsetMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Sensors of one device whose newest reading is kept at hand, 1 to 100,000; those beyond are stored all the same.</summary>
    public int LatestSensorsMax { get; init; } = 1_000;

    /// <summary>How long a reading is kept after it was received, one hour to 100 years; null keeps it for ever. Readings go in blocks of up to 1,024 when the block's last one is older.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>How often expired readings are looked for, one second to one day.</summary>
    public TimeSpan RetentionInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many readings a second are deleted at most, 100 to 1,000,000, so that writes do not feel it: more than the fleet sends.</summary>
    public int RetentionRowsPerSecond { get; init; } = 20_000;

    /// <summary>How often streams are looked at whose rows may have been damaged at rest, one second to one day.</summary>
    public TimeSpan VerificationInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many readings are recomputed each time, 1,024 to 1,000,000 by all that one instance looks at; 0 looks at none.</summary>
    public int VerificationRows { get; init; } = 20_000;

    /// <summary>How long after a stream was recomputed whole it is begun anew at the earliest, one minute to one year.</summary>
    public TimeSpan VerificationAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often an instance writes down how full its queues are and how long readings took, one second to one hour; alerts take no notice of what is older than 30 s.</summary>
    public TimeSpan QueueReportInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What <c>Retry-After</c> says when the queue is full or the database cannot be used, one second to ten minutes.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    internal long ClockOffsetMaxMicroseconds => (long)ClockOffsetMax.TotalMicroseconds;
}

internal sealed class IngestOptionsValidator : IValidateOptions<IngestOptions>
{
    public ValidateOptionsResult Validate(string? name, IngestOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Require(options.QueueWritesMax is >= 1 and <= 100_000, nameof(options.QueueWritesMax), options.QueueWritesMax, "1 to 100000 writes");
        Require(options.Writers is >= 1 and <= 16, nameof(options.Writers), options.Writers, "1 to 16 writers");
        Require(options.CommitWait >= TimeSpan.Zero && options.CommitWait <= TimeSpan.FromMilliseconds(50), nameof(options.CommitWait), options.CommitWait, "00:00:00 to 00:00:00.050");
        Require(options.CommitRowsMax is >= 1 and <= 50_000, nameof(options.CommitRowsMax), options.CommitRowsMax, "1 to 50000 rows");
        Require(options.ClockOffsetMax >= TimeSpan.FromSeconds(1) && options.ClockOffsetMax <= TimeSpan.FromDays(1), nameof(options.ClockOffsetMax), options.ClockOffsetMax, "00:00:01 to 1.00:00:00");
        Require(options.LatestSensorsMax is >= 1 and <= 100_000, nameof(options.LatestSensorsMax), options.LatestSensorsMax, "1 to 100000 sensors");
        Require(options.Retention is null || (options.Retention >= TimeSpan.FromHours(1) && options.Retention <= TimeSpan.FromDays(36_500)), nameof(options.Retention), options.Retention, "01:00:00 to 36500.00:00:00, or leave it out to keep readings for ever");
        Require(options.RetentionInterval >= TimeSpan.FromSeconds(1) && options.RetentionInterval <= TimeSpan.FromDays(1), nameof(options.RetentionInterval), options.RetentionInterval, "00:00:01 to 1.00:00:00");
        Require(options.RetentionRowsPerSecond is >= 100 and <= 1_000_000, nameof(options.RetentionRowsPerSecond), options.RetentionRowsPerSecond, "100 to 1000000 readings");
        Require(options.VerificationInterval >= TimeSpan.FromSeconds(1) && options.VerificationInterval <= TimeSpan.FromDays(1), nameof(options.VerificationInterval), options.VerificationInterval, "00:00:01 to 1.00:00:00");
        Require(options.VerificationRows is 0 or (>= 1_024 and <= 1_000_000), nameof(options.VerificationRows), options.VerificationRows, "1024 to 1000000 readings, or to 0 to look at none");
        Require(options.VerificationAge >= TimeSpan.FromMinutes(1) && options.VerificationAge <= TimeSpan.FromDays(365), nameof(options.VerificationAge), options.VerificationAge, "00:01:00 to 365.00:00:00");
        Require(options.QueueReportInterval >= TimeSpan.FromSeconds(1) && options.QueueReportInterval <= TimeSpan.FromHours(1), nameof(options.QueueReportInterval), options.QueueReportInterval, "00:00:01 to 01:00:00");
        Require(options.RetryAfter >= TimeSpan.FromSeconds(1) && options.RetryAfter <= TimeSpan.FromMinutes(10), nameof(options.RetryAfter), options.RetryAfter, "00:00:01 to 00:10:00");
        return result.Build();

        void Require(bool holds, string option, object? value, string range)
        {
            if (!holds)
            {
                result.AddError($"Set {IngestOptions.Section}:{option} to {range}, not {value}.");
            }
        }
    }
}
