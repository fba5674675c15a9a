using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// What kind of world a seed makes. Some are calm, some have one fault alone, most have some of them, each as strong as it was drawn: a world in which everything breaks all the time never gets
/// to where some bugs are.
/// </summary>
internal sealed class WorldPlan
{
    private readonly Dictionary<FaultKind, double> _strength = [];

    public WorldPlan(WorldSettings settings, Randomness randomness)
    {
        var random = randomness.For("plan");
        var kinds = Enum.GetValues<FaultKind>();
        var mood = random.NextDouble();
        var alone = random.Next(kinds.Length);
        foreach (var (i, kind) in kinds.Index())
        {
            // Drawn for each, whatever the mood, so that the rest of the plan stays where it is.
            var (isThere, strength) = (random.NextDouble(), Math.Pow(10, -2 * random.NextDouble()));
            var happens = mood < 0.06 ? false : mood < 0.3 ? i == alone : isThere < 0.45;
            _strength[kind] = happens && !settings.Without.Contains(kind) ? strength : 0;
        }

        Devices = Math.Min(1 + random.Next(WorldSettings.DevicesLimit), settings.DevicesMax);
        StepEvery = TimeSpan.FromSeconds(0.2 + (2.8 * random.NextDouble()));
        BatchReadingsMax = random.Next(3) == 0 ? 3 + random.Next(12) : 15 + random.Next(200);
        SyncInterval = TimeSpan.FromSeconds(1 + (9 * random.NextDouble()));
        Durability = random.Next(4) == 0 ? Edge.Durability.Normal : Edge.Durability.Full;
        AcknowledgedRetention = random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(120)) : TimeSpan.FromDays(1);
        Commands = random.NextDouble();
        Configuration = random.NextDouble();
    }

    public int Devices { get; }

    /// <summary>The mean time from one step to the next.</summary>
    public TimeSpan StepEvery { get; }

    public int BatchReadingsMax { get; }

    public TimeSpan SyncInterval { get; }

    public Edge.Durability Durability { get; }

    public TimeSpan AcknowledgedRetention { get; }

    /// <summary>How much of what happens is commands, beside readings.</summary>
    public double Commands { get; }

    /// <summary>How much of it is configuration.</summary>
    public double Configuration { get; }

    /// <summary>0 for what does not happen, to 1.</summary>
    public double StrengthOf(FaultKind kind) => _strength[kind];

    public override string ToString() => FormattableString.Invariant(
        $"{Devices} devices, a step every {StepEvery.TotalSeconds:F2} s, batches of {BatchReadingsMax}, sync every {SyncInterval.TotalSeconds:F1} s, durability {Words.Of(Durability)}; ")
        + (_strength.Values.All(strength => strength == 0) ? "calm" : string.Join(", ", _strength.Where(pair => pair.Value > 0).Select(pair => FormattableString.Invariant($"{Words.Of(pair.Key)} {pair.Value:F2}"))));
}
