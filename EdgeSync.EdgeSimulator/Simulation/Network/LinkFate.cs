namespace EdgeSync.EdgeSimulator;

/// <summary>What the network does to one request and its answer.</summary>
/// <param name="Up">How long the request takes.</param>
/// <param name="Down">How long the answer takes.</param>
/// <param name="LosesRequest">It never arrives.</param>
/// <param name="LosesAnswer">It arrives, and the answer does not.</param>
/// <param name="Resets">Whoever asked is told that something was lost; else it is silence.</param>
/// <param name="AgainAfter">When the same request arrives a second time, after the first; null for never.</param>
internal readonly record struct LinkFate(TimeSpan Up, TimeSpan Down, bool LosesRequest, bool LosesAnswer, bool Resets, TimeSpan? AgainAfter);

/// <summary>How bad a line is, and what it does next.</summary>
internal sealed class LinkWeather(WorldPlan plan, Random random)
{
    private const double LossMost = 0.35;
    private const double DelayMost = 0.3;
    private const double DuplicateMost = 0.35;
    private static readonly TimeSpan LatencyMost = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan LongDelayMost = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LateMost = TimeSpan.FromSeconds(40);

    /// <summary>Nothing goes wrong any more.</summary>
    public bool IsCalm { get; set; }

    /// <summary>Requests do not arrive.</summary>
    public bool IsCutUp { get; set; }

    /// <summary>Answers do not arrive.</summary>
    public bool IsCutDown { get; set; }

    /// <summary>Nothing goes wrong from now on.</summary>
    public void Heal() => (IsCalm, IsCutUp, IsCutDown) = (true, false, false);

    /// <summary>What becomes of the next request. Always draws the same numbers, so that a fault that is left out moves no other.</summary>
    public LinkFate Next()
    {
        var (up, down) = (random.UpTo(LatencyMost), random.UpTo(LatencyMost));
        var (loses, losesAnswer, slowUp, slowDown, again) = (random.NextDouble(), random.NextDouble(), random.NextDouble(), random.NextDouble(), random.NextDouble());
        var (resets, longUp, longDown, soon, late) = (random.Next(2) == 0, random.UpTo(LongDelayMost), random.UpTo(LongDelayMost), random.Next(2) == 0, random.UpTo(LateMost));
        if (IsCalm)
        {
            return new LinkFate(up, down, false, false, resets, null);
        }

        var delay = DelayMost * plan.StrengthOf(FaultKind.Delay);
        return new LinkFate(
            slowUp < delay ? longUp : up,
            slowDown < delay ? longDown : down,
            IsCutUp || loses < LossMost * plan.StrengthOf(FaultKind.Loss),
            IsCutDown || losesAnswer < LossMost * plan.StrengthOf(FaultKind.Answer),
            resets,
            again < DuplicateMost * plan.StrengthOf(FaultKind.Duplicate) ? (soon ? late / 400 : late) : null);
    }
}
