namespace EdgeSync.Protocol;

/// <summary>A rollout's identity: a UUID of version 7, so that ids sort by creation.</summary>
/// <param name="Value">The UUID.</param>
public readonly record struct RolloutId(Guid Value)
{
    /// <summary>Reads a UUID with hyphens; false for anything else and for the empty UUID.</summary>
    public static bool TryParse(string? text, out RolloutId id)
    {
        var parsed = Guid.TryParseExact(text, "D", out var value) && value != Guid.Empty;
        id = parsed ? new RolloutId(value) : default;
        return parsed;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}
