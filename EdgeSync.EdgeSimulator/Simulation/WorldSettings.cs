using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>Which world: everything in it follows from this and the commit.</summary>
/// <param name="Seed">What everything is drawn from.</param>
/// <param name="Steps">Things that happen to the fleet before it is left alone, 1 to <see cref="StepsMax"/>.</param>
/// <param name="DevicesMax">At most so many devices.</param>
/// <param name="Without">Faults that do not happen.</param>
internal sealed record WorldSettings(long Seed, int Steps, int DevicesMax, IReadOnlyList<FaultKind> Without)
{
    public const int StepsDefault = 300;
    public const int StepsMax = 100_000;
    public const int DevicesLimit = 4;

    /// <summary>The world of a seed as it is looked for.</summary>
    public static WorldSettings Of(long seed, int steps = StepsDefault) => new(seed, steps, DevicesLimit, []);

    /// <summary>The verb and its options that show this world again.</summary>
    public string CommandLine => string.Create(CultureInfo.InvariantCulture, $"simulate --seeds {Seed}..{Seed} --steps {Steps}")
        + (DevicesMax == DevicesLimit ? "" : string.Create(CultureInfo.InvariantCulture, $" --devices {DevicesMax}"))
        + (Without.Count == 0 ? "" : $" --without {string.Join(',', Without.Select(kind => Words.Of(kind)))}");
}
