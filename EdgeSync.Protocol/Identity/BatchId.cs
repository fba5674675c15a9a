namespace EdgeSync.Protocol;

/// <summary>A command batch's identity: a UUID of version 7, so that ids sort by creation.</summary>
/// <param name="Value">The UUID.</param>
public readonly record struct BatchId(Guid Value)
{
    /// <summary>Reads a UUID with hyphens; false for anything else and for the empty UUID.</summary>
    public static bool TryParse(string? text, out BatchId id)
    {
        var parsed = Guid.TryParseExact(text, "D", out var value) && value != Guid.Empty;
        id = parsed ? new BatchId(value) : default;
        return parsed;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}
