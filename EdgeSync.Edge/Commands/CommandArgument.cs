using System.Text.Json;

namespace EdgeSync.Edge;

/// <summary>An argument that a command takes: a member of its payload, which is then a JSON object.</summary>
public sealed record CommandArgument
{
    private const int TextCharactersMax = 1_024;

    private readonly Func<JsonElement, bool> _fits;

    private CommandArgument(string name, string allowed, Func<JsonElement, bool> fits)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        (Name, Allowed, _fits) = (name, allowed, fits);
    }

    /// <summary>Its name in the payload.</summary>
    public string Name { get; }

    /// <summary>What it may be, for a person, e.g. <c>a whole number from 1 to 10</c>.</summary>
    public string Allowed { get; }

    /// <summary>Whether it must be there; null counts as not there.</summary>
    public bool IsRequired { get; init; } = true;

    /// <summary>A whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="least">The least that is allowed.</param>
    /// <param name="most">The most that is allowed.</param>
    public static CommandArgument Whole(string name, long least, long most)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(least, most);
        return new(
            name,
            FormattableString.Invariant($"a whole number from {least} to {most}"),
            value => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most);
    }

    /// <summary>A number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="least">The least that is allowed.</param>
    /// <param name="most">The most that is allowed.</param>
    public static CommandArgument Number(string name, double least, double most)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(least, most);
        return new(
            name,
            FormattableString.Invariant($"a number from {least} to {most}"),
            value => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most);
    }

    /// <summary>A text.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="charactersMax">How long it may be, in UTF-16 characters.</param>
    public static CommandArgument Text(string name, int charactersMax = TextCharactersMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(charactersMax, 1);
        return new(
            name,
            FormattableString.Invariant($"a text of at most {charactersMax} characters"),
            value => value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= charactersMax);
    }

    /// <summary>One of a few texts.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="words">The texts; upper and lower case differ.</param>
    public static CommandArgument OneOf(string name, params IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return new(
            name,
            $"one of {string.Join(", ", words.Select(word => $"\"{word}\""))}",
            value => value.ValueKind == JsonValueKind.String && words.Contains(value.GetString()!, StringComparer.Ordinal));
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    /// <param name="name">Its name.</param>
    public static CommandArgument Flag(string name) => new(name, "true or false", static value => value.ValueKind is JsonValueKind.True or JsonValueKind.False);

    /// <summary>The same, which need not be there.</summary>
    public CommandArgument Optional() => this with { IsRequired = false };

    internal bool Fits(JsonElement value) => _fits(value);
}
