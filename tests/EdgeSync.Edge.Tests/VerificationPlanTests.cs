using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class VerificationPlanTests
{
    [Fact]
    public void Where_nothing_differs_one_question_is_enough()
    {
        var (plan, asked) = Run(1, 50_000, damaged: []);

        Assert.Equal((1, 50_000), (asked.Count, plan.Equal));
        Assert.Equal([new VerifyRange(1, 50_000, VerificationPlan.FanOut)], asked[0]);
        Assert.Empty(plan.TakeSuspects());
    }

    [Fact]
    public void Every_damaged_number_is_found_in_few_questions()
    {
        Gen.Select(Gen.Long[1, 100_000], Gen.Long[0, Limits.VerifyNumbersMax - 1], Gen.Long[0, Limits.VerifyNumbersMax - 1].Array[0, 12]).Sample((from, length, offsets) =>
        {
            var to = from + length;
            var damaged = offsets.Select(offset => from + (offset % (length + 1))).ToHashSet();

            var (plan, asked) = Run(from, to, damaged);

            var suspects = plan.TakeSuspects();
            Assert.All(damaged, number => Assert.Contains(suspects, range => range.Contains(number)));
            Assert.Equal(length + 1, plan.Equal + suspects.Sum(range => range.Count()));
            Assert.True(suspects.Sum(range => range.Count()) <= VerificationPlan.LeafMax * damaged.Count, $"{suspects.Count} suspects");
            Assert.True(asked.Count <= 4, $"{asked.Count} questions");
        });
    }

    [Fact]
    public void Damage_everywhere_is_asked_in_pieces_that_a_request_may_have()
    {
        var (plan, asked) = Run(1, Limits.VerifyNumbersMax, damaged: [.. Enumerable.Range(1, Limits.VerifyNumbersMax).Select(number => (long)number)]);

        Assert.All(asked, ranges => Assert.True(ranges.Count <= Limits.VerifyRangesMax && ranges.Sum(range => range.To - range.From + 1) <= Limits.VerifyNumbersMax));
        Assert.Equal([new NumberRange(1, Limits.VerifyNumbersMax)], plan.TakeSuspects());
    }

    [Fact]
    public void What_has_expired_or_is_beyond_the_watermark_meanwhile_is_neither_equal_nor_damaged()
    {
        var (plan, _) = Run(1, 1_000, damaged: [1, 100, 500, 990], floor: 300, watermark: 900);

        Assert.Equal([500], plan.TakeSuspects().SelectMany(range => Enumerable.Range((int)range.From, (int)range.Count())).Where(number => number is 1 or 100 or 500 or 990));
        Assert.InRange(plan.Equal, 900 - 300 - VerificationPlan.LeafMax, 900 - 300);
    }

    [Fact]
    public void An_answer_of_another_shape_is_none_and_the_question_stands()
    {
        var plan = new VerificationPlan(1, 100);
        var asked = plan.Next();

        Assert.False(plan.Learn(new VerifyAnswer(new Epoch(1), 100, 0, [new VerifiedRange(new byte[8], [])]), (_, _) => []));
        Assert.False(plan.Learn(new VerifyAnswer(new Epoch(1), 100, 0, []), (_, _) => []));
        Assert.Same(asked, plan.Next());
    }

    // A part's digest is its sum; a damaged number counts otherwise on the other side.
    private static (VerificationPlan Plan, List<IReadOnlyList<VerifyRange>> Asked) Run(long from, long to, HashSet<long> damaged, long floor = 0, long watermark = long.MaxValue)
    {
        var plan = new VerificationPlan(from, to);
        var asked = new List<IReadOnlyList<VerifyRange>>();
        while (plan.Next() is { Count: > 0 } ranges)
        {
            asked.Add(ranges);
            var answer = new VerifyAnswer(new Epoch(1), watermark, floor, [.. ranges.Select(range => new VerifiedRange(Digests(range, damaged), []))]);
            Assert.True(plan.Learn(answer, (range, _) => Digests(range, [])));
        }

        return (plan, asked);
    }

    private static byte[] Digests(VerifyRange range, HashSet<long> damaged) =>
        [.. range.Split().SelectMany(part => BitConverter.GetBytes(part.From + (1_000_000L * damaged.Where(part.Contains).Sum())))];
}
