namespace EdgeSync.Protocol;

/// <summary>Numbers of a stream, both ends included.</summary>
/// <param name="From">The first, 1 or more.</param>
/// <param name="To">The last.</param>
public sealed record NumberRange(long From, long To)
{
    /// <summary>How many they are.</summary>
    public long Count() => To - From + 1;

    /// <summary>Whether a number is one of them.</summary>
    public bool Contains(long number) => From <= number && number <= To;

    /// <summary>Ranges that touch or overlap, made one.</summary>
    /// <param name="ranges">In the order of their first numbers.</param>
    public static List<NumberRange> Join(IEnumerable<NumberRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var joined = new List<NumberRange>();
        foreach (var range in ranges)
        {
            if (joined.Count > 0 && range.From - 1 <= joined[^1].To)
            {
                joined[^1] = joined[^1] with { To = Math.Max(joined[^1].To, range.To) };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }
}

/// <summary>POST <see cref="Routes.TelemetryVerify"/>: asks what the control plane has, as digests.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Ranges">At most <see cref="Limits.VerifyRangesMax"/>, with <see cref="Limits.VerifyNumbersMax"/> numbers together.</param>
public sealed record VerifyQuery(Epoch Epoch, IReadOnlyList<VerifyRange> Ranges);

/// <summary>A range to verify.</summary>
/// <param name="From">The first number, 1 or more.</param>
/// <param name="To">The last, included.</param>
/// <param name="Parts">How many digests, 1 to <see cref="Limits.VerifyPartsMax"/>: each over as many numbers, rounded up; the last part may be shorter, and fewer may do.</param>
public sealed record VerifyRange(long From, long To, int Parts)
{
    /// <summary>The parts that there are, in order.</summary>
    public IEnumerable<NumberRange> Split()
    {
        var count = To - From + 1;
        var size = (count / Parts) + (count % Parts == 0 ? 0 : 1);
        // Counted down: the sum of two numbers of a 63-bit stream may wrap around.
        for (var left = count; left > 0; left -= size)
        {
            var from = To - left + 1;
            yield return new NumberRange(from, left > size ? from + size - 1 : To);
        }
    }
}

/// <summary>What the control plane has, recomputed from its rows.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Watermark">Parts beyond it prove nothing.</param>
/// <param name="Floor">Readings up to it have expired: parts that reach below it prove nothing.</param>
/// <param name="Ranges">One for each range asked, in the same order.</param>
public sealed record VerifyAnswer(Epoch Epoch, long Watermark, long Floor, IReadOnlyList<VerifiedRange> Ranges);

/// <summary>A range of an answer.</summary>
/// <param name="Digests">A <see cref="RangeDigest"/> for each part, <see cref="RangeDigest.Bytes"/> bytes each, one after the other.</param>
/// <param name="Unstored">Numbers in it that are accounted for without a reading, refused or in a declared gap, ascending.</param>
public sealed record VerifiedRange(byte[] Digests, IReadOnlyList<NumberRange> Unstored);

/// <summary>POST <see cref="Routes.TelemetryRows"/>: asks for stored readings.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Ranges">At most <see cref="Limits.VerifyRangesMax"/>, with <see cref="Limits.RowsNumbersMax"/> numbers together.</param>
public sealed record RowsQuery(Epoch Epoch, IReadOnlyList<NumberRange> Ranges);

/// <summary>Stored readings.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Readings">Those that are stored, by number; a damaged number may have several.</param>
public sealed record RowsAnswer(Epoch Epoch, IReadOnlyList<NumberedReading> Readings);

/// <summary>A stored reading with its number.</summary>
/// <param name="Number">Its number in the stream.</param>
/// <param name="Sensor">The sensor.</param>
/// <param name="RecordedAt">When, by the device's clock, microseconds since 1970.</param>
/// <param name="Value">The number; absent for a reading that has a payload alone.</param>
/// <param name="Payload">The JSON payload, a text with the bytes that were sent; absent for none.</param>
/// <param name="ReplayOf">The refused entry that it repeats, <c>EPOCH:NUMBER</c>; absent for none.</param>
public sealed record NumberedReading(long Number, string Sensor, long RecordedAt, double? Value = null, string? Payload = null, string? ReplayOf = null)
{
    /// <summary>From a reading.</summary>
    public static NumberedReading Of(long number, in Reading reading) =>
        new(number, reading.Sensor, reading.RecordedAt, reading.Value, reading.Payload, reading.ReplayOf?.ToString());

    /// <summary>The reading; a name that cannot be read is none, and its digest then differs.</summary>
    public Reading ToReading() => new(Sensor, RecordedAt, Value, Payload, EntryName.TryParse(ReplayOf, out var name) ? name : null);
}

/// <summary>POST <see cref="Routes.TelemetryRepair"/>: entries as the device has them, to replace what the control plane has. Travels as <c>TelemetryRepair</c> of telemetry.proto.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Runs">At most <see cref="Limits.VerifyRangesMax"/> runs of entries, which touch at most <see cref="Limits.RepairBlocksMax"/> blocks.</param>
/// <param name="Witnesses">D at some numbers as the device has it, at most <see cref="Limits.DigestPositionsMax"/>: where rows agree with it, a damaged digest of the control plane's own is mended.</param>
public sealed record TelemetryRepair(Epoch Epoch, IReadOnlyList<TelemetryBatch> Runs, IReadOnlyList<PositionDigest> Witnesses);

/// <summary>What became of a repair.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Replaced">Entries and digests that were changed; those that were right already are left.</param>
/// <param name="Refused">Blocks that with these entries would still not end in the digest that was acknowledged: nothing in them was changed.</param>
public sealed record RepairAnswer(Epoch Epoch, int Replaced, IReadOnlyList<NumberRange> Refused);
