using System.Security.Cryptography;
using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class RecoverySearchTests
{
    private static readonly Digest Origin = DigestOf("origin", 0);

    [Fact]
    public void The_last_equal_number_is_found_in_few_rounds() =>
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[0, 1_000_000], Gen.Long[0, 1_000_000]).Sample((own, theirs, common) =>
        {
            var parting = Math.Min(common, Math.Min(own, theirs));
            var (search, rounds) = Run(own, theirs, parting, known: static number => number, unknown: static _ => false, hint: parting / 2);

            Assert.Equal(parting, search.Equal);
            Assert.InRange(rounds, 0, 5);
        });

    [Fact]
    public void Numbers_that_nobody_can_answer_for_never_make_a_false_match() =>
        Gen.Select(Gen.Long[0, 3_000], Gen.Long[0, 3_000], Gen.Long[0, 3_000], Gen.Int[1, 7], Gen.Int[1, 7]).Sample((own, theirs, common, ours, nulls) =>
        {
            var parting = Math.Min(common, Math.Min(own, theirs));
            var (search, _) = Run(own, theirs, parting, number => number - (number % ours), number => number % nulls == 1, hint: 0);

            Assert.InRange(search.Equal, 0, parting);
            var best = Enumerable.Range(0, (int)parting + 1).Where(n => n == 0 || (n % ours == 0 && n % nulls != 1)).Max();
            Assert.Equal(best, search.Equal);
        });

    [Fact]
    public void A_long_run_without_answers_does_not_end_the_search_below_what_both_have()
    {
        var (search, _) = Run(own: 5_000, theirs: 6_000, parting: 40, known: static number => number, unknown: static number => number is > 40 and < 5_900, hint: 0);

        Assert.Equal(40, search.Equal);
    }

    [Fact]
    public void A_control_plane_that_never_saw_the_stream_leaves_its_origin()
    {
        var (search, _) = Run(own: 500, theirs: 0, parting: 0, known: static number => number, unknown: static _ => false, hint: 0);

        Assert.Equal((0, Origin), (search.Equal, search.EqualDigest));
    }

    private static (RecoverySearch Search, int Rounds) Run(long own, long theirs, long parting, Func<long, long> known, Func<long, bool> unknown, long hint)
    {
        var search = new RecoverySearch(own, Origin, hint);
        for (var round = 0; ; round++)
        {
            Assert.InRange(round, 0, 200);
            var positions = search.NextPositions(number => known(Math.Min(number, own)));
            Assert.InRange(positions.Count, 0, Limits.DigestPositionsMax);
            if (positions.Count == 0)
            {
                return (search, round);
            }

            search.Learn(
                new DigestAnswer(new Epoch(1), theirs, [.. positions.Select(n => new PositionDigest(n, n > theirs || unknown(n) ? null : DigestOf(n <= parting ? "both" : "cloud", n)))], []),
                (number, digest) => digest == DigestOf(number <= parting ? "both" : "device", number));
        }
    }

    private static Digest DigestOf(string history, long number) => new(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{history}{number}")));
}
