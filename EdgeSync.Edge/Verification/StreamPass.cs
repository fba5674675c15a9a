using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>
/// Verifies and mends some numbers of one stream, a request at a time: digests until the damage is found, then the device's own rows by its chain; what is wrong on the device is fetched, what is wrong
/// in the control plane is sent. A step that fails is made again.
/// </summary>
/// <param name="epoch">The stream.</param>
/// <param name="told">Where the control plane has found damage; null for all that both sides have.</param>
/// <param name="client">The way there.</param>
/// <param name="streams">Where the stream stands.</param>
/// <param name="own">The device's own entries.</param>
/// <param name="run">The run of the device program.</param>
/// <param name="tally">What was found and done.</param>
/// <param name="time">The device's clock.</param>
internal sealed class StreamPass(
    Epoch epoch, NumberRange? told, ControlPlaneClient client, StreamStore streams, OwnEntryStore own, RunIdentity run, VerificationTally tally, TimeProvider time)
{
    private readonly List<RowsWanted> _wanted = [];
    private readonly List<NumberRange> _toSend = [];
    private readonly List<NumberRange> _lost = [];
    private readonly List<NumberRange> _unstored = [];
    private VerificationPlan? _plan;
    private long _next = 1;
    private bool _isFound;

    /// <summary>Makes the next request.</summary>
    /// <returns>How it went; null when there is nothing left to do.</returns>
    public async Task<AttemptOutcome?> StepAsync(CancellationToken ct)
    {
        while (true)
        {
            if (_plan is null && !NextWindow())
            {
                return told is null || _isFound ? null : await AttestAsync(told, ct);
            }

            if (_plan!.Next() is { Count: > 0 } ranges)
            {
                return await AskAsync(ranges, ct);
            }

            foreach (var suspects in _plan.TakeSuspects())
            {
                _isFound = true;
                Judge(suspects);
            }

            if (_wanted.Count > 0)
            {
                return await FetchAsync(ct);
            }

            if (_toSend.Count > 0)
            {
                return await RepairAsync(ct);
            }

            tally.Verified += _plan.Equal;
            _unstored.AddRange(told is null ? [] : _plan.Unstored);
            _plan = null;
        }
    }

    // Read anew each time: rows expire and are acknowledged meanwhile.
    private bool NextWindow()
    {
        var stream = streams.Read(epoch);
        var from = Math.Max(Math.Max(_next, told?.From ?? 1), stream.RetainedAfter + 1);
        var to = Math.Min(Math.Min(stream.Acked, told?.To ?? long.MaxValue), from + Limits.VerifyNumbersMax - 1);
        if (from > to)
        {
            return false;
        }

        (_plan, _next) = (new VerificationPlan(from, to), to + 1);
        return true;
    }

    private async Task<AttemptOutcome> AskAsync(IReadOnlyList<VerifyRange> ranges, CancellationToken ct)
    {
        var attempt = await client.VerifyAsync(new VerifyQuery(epoch, ranges), ct);
        tally.Bytes += attempt.BodyBytes;
        return attempt.Answer is { } answer && !_plan!.Learn(answer, (range, unstored) => own.ReadDigests(epoch, range, unstored))
            ? AttemptOutcome.Unreadable("The answer has other ranges than were asked.")
            : attempt.Outcome;
    }

    // What the device cannot vouch for is fetched first, and the numbers are compared again.
    private void Judge(NumberRange suspects)
    {
        var ownRun = own.ReadRun(epoch, suspects);
        var wrong = OwnEntries.Check(ownRun).Wrong.Where(range => !_lost.Exists(lost => lost.Contains(range.From))).ToList();
        if (wrong.Count > 0)
        {
            _wanted.AddRange(wrong.Select(range => new RowsWanted(ownRun, range)));
        }
        else
        {
            _toSend.Add(suspects);
        }
    }

    private async Task<AttemptOutcome> FetchAsync(CancellationToken ct)
    {
        var (ranges, left) = (new List<NumberRange>(), (long)Limits.RowsNumbersMax);
        foreach (var wanted in _wanted.Take(Limits.VerifyRangesMax).TakeWhile(_ => left > 0))
        {
            var range = wanted.Next(left);
            ranges.Add(range);
            left -= range.Count();
        }

        var attempt = await client.ReadRowsAsync(new RowsQuery(epoch, ranges), ct);
        tally.Bytes += attempt.BodyBytes;
        if (attempt.Answer is not { } answer)
        {
            return attempt.Outcome;
        }

        foreach (var (wanted, range) in _wanted.Zip(ranges).ToList())
        {
            wanted.Take(range, answer.Readings);
            if (wanted.IsComplete)
            {
                _wanted.Remove(wanted);
                PutBack(wanted);
            }
        }

        return attempt.Outcome;
    }

    private void PutBack(RowsWanted wanted)
    {
        var rows = OwnEntries.Restore(wanted.Run, wanted.Range, wanted.Offered);
        if (rows.Count > 0)
        {
            own.Restore(epoch, rows);
            tally.Fetched += rows.Count;
        }
        else
        {
            _lost.Add(wanted.Range);
            tally.Unrepairable += wanted.Range.Count();
        }

        // Once, when all that was wrong in it has come.
        if (!_wanted.Exists(other => ReferenceEquals(other.Run, wanted.Run)))
        {
            _plan!.Recheck(wanted.Run.Range);
        }
    }

    private async Task<AttemptOutcome> RepairAsync(CancellationToken ct)
    {
        var (runs, sent) = (new RepairRuns(epoch, run.Boot, time.GetMicroseconds()), new List<NumberRange>());
        var blocks = _toSend.SelectMany(ByBlock).OrderBy(range => range.From).GroupBy(range => RepairRuns.BlockOf(range.From)).ToList();
        foreach (var block in blocks)
        {
            var ranges = RepairRuns.Merge([.. block]);
            var ownRun = own.ReadRun(epoch, new NumberRange(ranges[0].From, ranges[^1].To));
            var check = OwnEntries.Check(ownRun);
            if (!ranges.All(range => runs.TryAdd(range, ownRun, check)) && sent.Count > 0)
            {
                break;
            }

            sent.AddRange(block);
        }

        var outcome = await SendAsync(runs.Runs, Witnesses(), sent.Sum(range => range.Count()), ct);
        if (outcome.Succeeded)
        {
            _toSend.Clear();
            _toSend.AddRange(blocks.SelectMany(block => block).Except(sent));
        }

        return outcome;
    }

    // The rows are alike, and still do not end in what was acknowledged: a digest that the control plane keeps is damaged, its own or that of an entry without a reading.
    private async Task<AttemptOutcome?> AttestAsync(NumberRange damage, CancellationToken ct)
    {
        _isFound = true;
        var runs = new RepairRuns(epoch, run.Boot, time.GetMicroseconds());
        foreach (var range in _unstored.SelectMany(ByBlock))
        {
            var ownRun = own.ReadRun(epoch, range);
            runs.TryAdd(range, ownRun, OwnEntries.Check(ownRun));
        }

        return await SendAsync(runs.Runs, Witnesses(damage.From - 1, damage.To), 0, ct);
    }

    private async Task<AttemptOutcome> SendAsync(IReadOnlyList<TelemetryBatch> runs, List<PositionDigest> witnesses, long numbers, CancellationToken ct)
    {
        if (runs.Count + witnesses.Count == 0)
        {
            return AttemptOutcome.Success;
        }

        var attempt = await client.RepairAsync(new TelemetryRepair(epoch, runs, witnesses), ct);
        tally.Bytes += attempt.BodyBytes;
        if (attempt.Answer is { } answer)
        {
            var refused = numbers == 0 ? 0 : runs.Where(sent => answer.Refused.Any(block => block.Contains(sent.First))).Sum(sent => sent.EntryCount);
            tally.Repaired += answer.Replaced;
            tally.Unrepairable += refused;
            tally.Verified += Math.Max(0, numbers - refused);
            return attempt.Outcome;
        }

        if (attempt.Outcome.Code == ProblemTypes.ContentMismatch.Code || attempt.Outcome.RefusesBody)
        {
            tally.Unrepairable += numbers;
            return AttemptOutcome.Success;
        }

        return attempt.Outcome;
    }

    private List<PositionDigest> Witnesses(params IEnumerable<long> numbers)
    {
        var acked = streams.Read(epoch).Acked;
        return [.. numbers.Append(acked).Where(number => number >= 0 && number <= acked).Distinct().Select(number => new PositionDigest(number, own.ReadDigest(epoch, number))).Where(witness => witness.Digest is not null)];
    }

    private static IEnumerable<NumberRange> ByBlock(NumberRange range)
    {
        for (var from = range.From; from <= range.To;)
        {
            var to = Math.Min(range.To, (RepairRuns.BlockOf(from) + 1) * Limits.CheckpointInterval);
            yield return new NumberRange(from, to);
            from = to + 1;
        }
    }

    /// <summary>Rows to fetch, and those that have come.</summary>
    private sealed class RowsWanted(OwnRun run, NumberRange range)
    {
        private readonly List<NumberedReading> _offered = [];
        private long _next = range.From;

        public OwnRun Run => run;

        public NumberRange Range => range;

        public bool IsComplete => _next > range.To;

        public ILookup<long, Reading> Offered => _offered.ToLookup(reading => reading.Number, reading => reading.ToReading());

        public NumberRange Next(long most) => new(_next, Math.Min(range.To, _next + most - 1));

        public void Take(NumberRange asked, IEnumerable<NumberedReading> readings)
        {
            _offered.AddRange(readings.Where(reading => asked.Contains(reading.Number)));
            _next = asked.To + 1;
        }
    }
}
