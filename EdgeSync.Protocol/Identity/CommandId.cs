namespace EdgeSync.Protocol;

/// <summary>A command's identity: a UUID (version 7 where the server makes it, so that ids sort by creation).</summary>
/// <param name="Value">The UUID.</param>
public readonly record struct CommandId(Guid Value)
{
    /// <summary>Reads a UUID with hyphens; false for anything else and for the empty UUID.</summary>
    public static bool TryParse(string? text, out CommandId id)
    {
        var parsed = Guid.TryParseExact(text, "D", out var value) && value != Guid.Empty;
        id = parsed ? new CommandId(value) : default;
        return parsed;
    }

    /// <summary>Reads a UUID with hyphens.</summary>
    /// <exception cref="FormatException">The text is not a non-empty UUID.</exception>
    public static CommandId Parse(string text) => TryParse(text, out var id)
        ? id
        : throw new FormatException($"'{text}' is not a command id; a command id is a UUID.");

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}
