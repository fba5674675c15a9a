using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway.Tests;

public sealed class AdmissionLineTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void Who_comes_alone_is_let_in_at_once()
    {
        var line = new AdmissionLine(10, 100);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(TimeSpan.Zero, line.Enter(Device(i), i * Second / 10));
        }
    }

    [Fact]
    public void Who_comes_when_the_second_is_full_is_told_a_turn_of_its_own()
    {
        var line = new AdmissionLine(2, 100);
        Assert.Equal([0, 0, 1_000, 1_500, 2_000], Enumerable.Range(0, 5).Select(i => line.Enter(Device(i), 0).TotalMilliseconds));

        // Too early, it is told the same turn; others do not come before it.
        Assert.Equal(600, line.Enter(Device(2), 400_000).TotalMilliseconds);
        Assert.Equal(2_100, line.Enter(Device(9), 400_000).TotalMilliseconds);
        Assert.Equal(TimeSpan.Zero, line.Enter(Device(2), 1_000_000));
        Assert.Equal(TimeSpan.Zero, line.Enter(Device(3), 1_900_000));
        // Two were let in in this second. Who returns for a turn that is over goes on to the next second, and is let in then.
        Assert.Equal(TimeSpan.Zero, line.Enter(Device(4), 2_000_000));
        Assert.Equal(TimeSpan.Zero, line.Enter(Device(9), 2_500_000));
        Assert.Equal(0, line.Reservations);
    }

    [Fact]
    public void A_fleet_that_comes_at_once_is_let_in_at_a_flat_rate()
    {
        var admitted = Run(new AdmissionLine(500, 10_000), [.. Enumerable.Repeat(0L, 5_000)], (_, _) => 0, out _);

        var perSecond = admitted.GroupBy(at => at / Second).OrderBy(second => second.Key).Select(second => second.Count()).ToList();
        Assert.Equal(5_000, perSecond.Sum());
        Assert.All(perSecond[..^1], count => Assert.Equal(500, count));
    }

    [Fact]
    public void Whole_seconds_of_Retry_After_do_as_well()
    {
        var admitted = Run(new AdmissionLine(500, 10_000), [.. Enumerable.Repeat(0L, 5_000)], (wait, _) => (long)Math.Ceiling((double)wait / Second) * Second - wait, out _);

        // Aligned by their whole seconds all come together, and the rate of a second is let in together.
        Assert.InRange(admitted.Max(), 9 * Second, 11 * Second);
    }

    [Fact]
    public void Whatever_the_order_no_second_lets_more_in_than_the_rate_and_nobody_starves() =>
        Gen.Select(Gen.Int[1, 40], Gen.Long[0, 5 * Second].Array[1, 200], Gen.Int[0, 3], Gen.Int).Sample((rate, arrivals, lateSecondsMax, seed) =>
        {
            var admitted = Run(new AdmissionLine(rate, 1_000), arrivals, (_, step) => Late(seed, step, lateSecondsMax), out var refusals);

            return admitted.Count == arrivals.Length
                && admitted.GroupBy(at => at / Second).All(second => second.Count() <= rate)
                // A turn, and one more refusal for each second that was full of others.
                && refusals.Max() <= 2 + (arrivals.Length / rate);
        });

    [Fact]
    public void Reservations_are_bounded_and_forgotten()
    {
        var line = new AdmissionLine(10, 50);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Equal(i < 10, line.Enter(Device(i), 0) == TimeSpan.Zero);
        }

        Assert.Equal(50, line.Reservations);
        Assert.Equal(TimeSpan.Zero, line.Enter(Device(2_000), 80 * Second));
        Assert.Equal(0, line.Reservations);
    }

    /// <summary>Devices that return until they are let in, as late as is said.</summary>
    private static List<long> Run(AdmissionLine line, long[] arrivals, Func<long, int, long> late, out int[] refusals)
    {
        var coming = new PriorityQueue<int, (long At, int Order)>();
        for (var i = 0; i < arrivals.Length; i++)
        {
            coming.Enqueue(i, (arrivals[i], i));
        }

        refusals = new int[arrivals.Length];
        var admitted = new List<long>();
        for (var step = 0; coming.TryDequeue(out var device, out var now) && step < 1_000_000; step++)
        {
            var wait = (long)Math.Ceiling(line.Enter(Device(device), now.At).TotalMicroseconds);
            if (wait == 0)
            {
                admitted.Add(now.At);
            }
            else
            {
                refusals[device]++;
                coming.Enqueue(device, (now.At + wait + late(wait, step), device));
            }
        }

        return admitted;
    }

    private static long Late(int seed, int step, int secondsMax) => (uint)HashCode.Combine(seed, step) % ((secondsMax * Second) + 1);

    private static DeviceId Device(int i) => new(new Guid(i, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]));
}
