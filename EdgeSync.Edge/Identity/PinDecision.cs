using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The gateway's keys that the device accepts.</summary>
/// <param name="Pins">Empty: any key whose certificate ends in the fleet's root.</param>
/// <param name="SignedAt">When the fleet said so; null for what the options hold.</param>
internal sealed record KnownPins(IReadOnlyList<string> Pins, DateTimeOffset? SignedAt);

/// <summary>Which pins the device goes by. Pure.</summary>
internal static class PinDecision
{
    /// <summary>Why other pins are not accepted; null when they are.</summary>
    /// <param name="known">What the device goes by.</param>
    /// <param name="offered">What the fleet has signed.</param>
    /// <param name="shown">The pin of the key that the gateway shows; null when it has shown none yet.</param>
    public static string? WhyNot(KnownPins known, KnownPins offered, string? shown) => offered switch
    {
        _ when CheckForm(offered.Pins) is { } wrong => wrong,
        _ when offered.SignedAt < known.SignedAt => $"It was signed at {offered.SignedAt:u}, before the pins in force, which were signed at {known.SignedAt:u}.",
        _ when shown is not null && !offered.Pins.Contains(shown) => $"It leaves out {shown}, the key that the gateway shows: the device would be locked out.",
        _ => null,
    };

    /// <summary>What is wrong with a set's form; null when nothing is.</summary>
    public static string? CheckForm(IReadOnlyList<string> pins) => PinSet.HasForm(pins)
        ? null
        : $"A set has 1 to {PinSet.PinsMax} pins of the form sha256/ and base64 of 32 bytes.";
}
