namespace EdgeSync.Protocol;

/// <summary>
/// A run of a stream's entries, numbers <see cref="First"/> to <see cref="Last"/>, in columns: readings in their order, and the
/// declared gaps between them. A number that no gap covers belongs to the next reading.
/// </summary>
public sealed class TelemetryBatch
{
    /// <summary>The stream.</summary>
    public required Epoch Epoch { get; init; }

    /// <summary>The first entry's number; the watermark + 1 unless it is a resend.</summary>
    public required long First { get; init; }

    /// <summary>D(First - 1).</summary>
    public required Digest DigestBefore { get; init; }

    /// <summary>D(Last).</summary>
    public required Digest DigestAfter { get; init; }

    /// <summary>The run of the device program that sends it.</summary>
    public required Boot Boot { get; init; }

    /// <summary>The device's clock when it was sent, microseconds since 1970.</summary>
    public required long SentAt { get; init; }

    /// <summary>The names that <see cref="SensorIndexes"/> points into.</summary>
    public required IReadOnlyList<string> Sensors { get; init; }

    /// <summary>Each reading's sensor.</summary>
    public required int[] SensorIndexes { get; init; }

    /// <summary>Each reading's time, microseconds since 1970.</summary>
    public required long[] RecordedAt { get; init; }

    /// <summary>Each reading's value, or null.</summary>
    public required double?[] Values { get; init; }

    /// <summary>Each reading's payload, or null; an empty array where no reading has one.</summary>
    public required string?[] Payloads { get; init; }

    /// <summary>Each reading's replayed entry, or null; an empty array where no reading is a replay.</summary>
    public EntryName?[] ReplaysOf { get; init; } = [];

    /// <summary>Declared gaps, in order, inside the batch.</summary>
    public IReadOnlyList<Gap> Gaps { get; init; } = [];

    /// <summary>Readings in it.</summary>
    public int ReadingCount => RecordedAt.Length;

    /// <summary>Entries in it: readings and the numbers that gaps cover.</summary>
    public long EntryCount => ReadingCount + Gaps.Sum(gap => gap.Count);

    /// <summary>The last entry's number; First - 1 when the batch is empty.</summary>
    public long Last => First + EntryCount - 1;

    /// <summary>Reading <paramref name="index"/> of the batch, 0 to <see cref="ReadingCount"/> - 1.</summary>
    public Reading ReadingAt(int index) => new(
        Sensors[SensorIndexes[index]], RecordedAt[index], Values[index], Payloads.Length == 0 ? null : Payloads[index],
        ReplaysOf.Length == 0 ? null : ReplaysOf[index]);

    /// <summary>The entries in the order of their numbers: a reading's index, or a gap.</summary>
    public IEnumerable<BatchEntry> Entries()
    {
        var number = First;
        var gaps = 0;
        for (var index = 0; index < ReadingCount || gaps < Gaps.Count;)
        {
            if (gaps < Gaps.Count && Gaps[gaps].From == number)
            {
                yield return new BatchEntry(number, -1, Gaps[gaps]);
                number = Gaps[gaps++].To + 1;
            }
            else
            {
                yield return new BatchEntry(number++, index++, null);
            }
        }
    }
}

/// <summary>One entry of a batch.</summary>
/// <param name="Number">Its number, or a gap's first.</param>
/// <param name="Index">The reading's place in the columns; -1 for a gap.</param>
/// <param name="Gap">The gap, or null for a reading.</param>
public readonly record struct BatchEntry(long Number, int Index, Gap? Gap);
