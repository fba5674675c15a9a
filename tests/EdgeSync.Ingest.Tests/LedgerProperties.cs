using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

public sealed class LedgerProperties
{
    private const int Produced = 2_300;

    private static readonly TestDevice Device = Produce();

    private static readonly Gen<TelemetryBatch> Batches =
        from first in Gen.Int[1, Produced]
        from count in Gen.Int[1, 700]
        from cuts in Gen.Int[0, 700].Array[0, 6]
        select Device.Batch(first, Math.Min(first + count - 1, Produced), Gaps(first, Math.Min(first + count - 1, Produced), cuts));

    [Fact]
    public void Whatever_comes_in_whatever_order_every_number_is_accounted_for_once() =>
        Batches.Array[1, 25].Sample(batches =>
        {
            var ledger = new GroupLedger(serverTime: 1);

            // The device's own order last, so that the ledger always comes to an end.
            var outcomes = batches.Concat(Rest()).SelectMany(batch => new[] { batch, batch }).Select(batch => (batch, outcome: Send(ledger, batch))).ToList();

            var state = ledger.Stream(Device.Stream)!;
            Assert.Equal(Produced, state.Watermark);
            Assert.Equal(state.Watermark, state.Stored + state.Refused + state.Gaps);
            Assert.Equal(Device.DigestAt(Produced), state.Digest);
            Assert.Equal(Enumerable.Range(1, Produced).Select(number => (long)number), Accounted(ledger).Order());
            Assert.All(ledger.Plans.SelectMany(plan => plan.Checkpoints), checkpoint => Assert.Equal(Device.DigestAt(checkpoint.Number), checkpoint.Digest));
            Assert.All(ledger.Plans, plan => Assert.All(plan.Rows, row => Assert.Equal(Device.ReadingAt(row.Number), plan.Source.ReadingAt(row.Index))));
            Assert.All(outcomes, answer => AssertFits(ledger, answer.batch, answer.outcome));
        }, iter: 60);

    private static void AssertFits(GroupLedger ledger, TelemetryBatch batch, WriteOutcome outcome)
    {
        if (outcome is WriteOutcome.Conflict conflict)
        {
            Assert.Equal(ProblemTypes.SequenceHole, conflict.Type);
            Assert.True(batch.First > conflict.Watermark + 1);
            return;
        }

        var ack = Assert.IsType<WriteOutcome.Acknowledged>(outcome).Ack;
        var runs = CheckedBatch.Of(batch).ReadingRuns().ToList();
        Assert.Equal(Device.DigestAt(ack.Watermark), ack.Digest);
        Assert.Equal(
            ledger.Plans.SelectMany(plan => plan.Refusals).Where(refusal => runs.Exists(run => run.From <= refusal.Number && refusal.Number <= run.To)).Select(refusal => refusal.Number),
            ack.Refused.Select(refusal => refusal.Number));
    }

    private static WriteOutcome Send(GroupLedger ledger, TelemetryBatch batch) =>
        ledger.Decide(new AppendRequest(Device.Id, CheckedBatch.Of(batch), ReceivedAt: 1));

    private static IEnumerable<TelemetryBatch> Rest()
    {
        for (var first = 1; first <= Produced; first += 500)
        {
            yield return Device.Batch(first, Math.Min(first + 499, Produced));
        }
    }

    private static IEnumerable<long> Accounted(GroupLedger ledger) => ledger.Plans.SelectMany(plan => plan.Rows.Select(row => row.Number)
        .Concat(plan.Refusals.Select(refusal => refusal.Number))
        .Concat(plan.Gaps.SelectMany(planned => Enumerable.Range((int)planned.Gap.From, (int)planned.Gap.Count).Select(number => (long)number))));

    // Pairs of cuts, in order, are the ends of gaps.
    private static (long From, long To)[] Gaps(long first, long last, int[] cuts) => [.. cuts.Order().Chunk(2)
        .Where(pair => pair.Length == 2)
        .Select(pair => (From: first + pair[0], To: first + pair[1]))
        .Aggregate(new List<(long From, long To)>(), (gaps, gap) =>
        {
            if (gap.To <= last && (gaps.Count == 0 || gaps[^1].To < gap.From))
            {
                gaps.Add(gap);
            }

            return gaps;
        })];

    private static TestDevice Produce()
    {
        var device = new TestDevice();
        for (var number = 1; number <= Produced; number++)
        {
            device.Produce(number % 97 == 0 ? new Reading("temperature", number, null) : new Reading("temperature", 1_000 - number, number));
        }

        return device;
    }
}
