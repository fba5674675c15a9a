using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What makes requests of verification acceptable: one asks for no more work than is bounded here. Pure.</summary>
internal static class VerificationRules
{
    /// <summary>What is wrong; null when nothing is.</summary>
    public static string? Check(VerifyQuery query) =>
        CheckRanges([.. query.Ranges.Select(range => range is null ? null : new NumberRange(range.From, range.To))], Limits.VerifyNumbersMax)
        ?? (query.Ranges.All(range => range.Parts is >= 1 and <= Limits.VerifyPartsMax) ? null : $"A range has 1 to {Limits.VerifyPartsMax} parts.");

    /// <summary>What is wrong; null when nothing is.</summary>
    public static string? Check(RowsQuery query) => CheckRanges(query.Ranges, Limits.RowsNumbersMax);

    /// <summary>What is wrong; null when nothing is.</summary>
    public static string? Check(TelemetryRepair repair)
    {
        // A block is never shorter than the interval above the floor, and a gap makes it longer: so many cells are at least as many blocks.
        var cells = repair.Runs.SelectMany(run => run.Entries()).SelectMany(entry => new[] { entry.Number, entry.Gap?.To ?? entry.Number })
            .Select(number => (number - 1) / Limits.CheckpointInterval).Distinct();
        return cells.Take(Limits.RepairBlocksMax + 1).Count() <= Limits.RepairBlocksMax
            ? null
            : $"A repair touches at most {Limits.RepairBlocksMax} blocks of {Limits.CheckpointInterval} numbers; send the rest in another.";
    }

    // The annotation of a list's elements is not held by the reader of JSON.
    private static string? CheckRanges(IReadOnlyList<NumberRange?> ranges, int numbersMax)
    {
        if (ranges.Count > Limits.VerifyRangesMax)
        {
            return $"There are at most {Limits.VerifyRangesMax} ranges; ask for the rest in another request.";
        }

        var numbers = 0L;
        foreach (var range in ranges)
        {
            if (range is not var (from, to) || from < 1 || to < from)
            {
                return "A range is from 1 or more to no less than that.";
            }

            // Each alone first: their sum must not wrap around.
            if (to - from >= numbersMax || (numbers += to - from + 1) > numbersMax)
            {
                return $"The ranges have at most {numbersMax} numbers together; ask for the rest in another request.";
            }
        }

        return null;
    }
}
