using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

/// <summary>A device's side of a stream: what it produced, and the chain over it.</summary>
internal sealed class TestDevice(int seed = 1)
{
    public static readonly long Start = Microseconds.From(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private readonly List<Reading> _readings = [];
    private readonly List<Digest> _digests = [];

    public DeviceId Id { get; init; } = new(new Guid(seed, 1, 1, [1, 2, 3, 4, 5, 6, 7, 8]));

    public Epoch Epoch { get; init; } = new(4_000_000_000_000 + seed);

    public Boot Boot { get; set; } = new(1, 7_777);

    public long SentAt { get; set; } = Start;

    public StreamKey Stream => new(Id, Epoch);

    public long Head => _readings.Count;

    public TestDevice Produce(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Produce(new Reading("temperature", Start + ((Head + 1) * 1_000_000), 20 + (0.1 * (Head + 1))));
        }

        return this;
    }

    public TestDevice Produce(params Reading[] readings)
    {
        foreach (var reading in readings)
        {
            _digests.Add(DigestChain.Next(DigestAt(Head), reading));
            _readings.Add(reading);
        }

        return this;
    }

    public Reading ReadingAt(long number) => _readings[(int)number - 1];

    public Digest DigestAt(long number) => number == 0 ? DigestChain.Origin(Id, Epoch) : _digests[(int)number - 1];

    /// <summary>Numbers from to to, some of them declared as gaps.</summary>
    public TelemetryBatch Batch(long from, long to, params (long From, long To)[] gaps)
    {
        var builder = new TelemetryBatchBuilder(Epoch, from, DigestAt(from - 1));
        while (builder.NextNumber <= to)
        {
            var number = builder.NextNumber;
            if (gaps.Any(gap => gap.From == number))
            {
                var end = gaps.Single(gap => gap.From == number).To;
                builder.Add(new Gap(number, end, GapReason.Retention, DigestAt(end)));
            }
            else
            {
                builder.Add(ReadingAt(number), DigestAt(number));
            }
        }

        return builder.Build(Boot, SentAt);
    }
}

internal static class TestBatches
{
    /// <summary>The same batch with another digest before it, or after it.</summary>
    public static TelemetryBatch With(this TelemetryBatch batch, Digest? before = null, Digest? after = null, double? firstValue = null) => new()
    {
        Epoch = batch.Epoch,
        First = batch.First,
        DigestBefore = before ?? batch.DigestBefore,
        DigestAfter = after ?? batch.DigestAfter,
        Boot = batch.Boot,
        SentAt = batch.SentAt,
        Sensors = batch.Sensors,
        SensorIndexes = batch.SensorIndexes,
        RecordedAt = batch.RecordedAt,
        Values = firstValue is { } value ? [value, .. batch.Values.Skip(1)] : batch.Values,
        Payloads = batch.Payloads,
        ReplaysOf = batch.ReplaysOf,
        Gaps = batch.Gaps,
    };
}
