using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Whether a payload is what a handler takes, as a pure function.</summary>
internal static class CommandArguments
{
    private const int ShownCharactersMax = 64;

    /// <summary>What is wrong, naming the argument and what is allowed; null when the payload fits.</summary>
    public static string? Check(IReadOnlyList<CommandArgument> arguments, JsonValue payload)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(payload.ToString(), new JsonDocumentOptions { MaxDepth = Limits.PayloadDepthMax });
        }
        catch (JsonException)
        {
            return "The payload is not JSON.";
        }

        using (document)
        {
            return document.RootElement.ValueKind switch
            {
                JsonValueKind.Object => CheckMembers(arguments, document.RootElement),
                JsonValueKind.Null => arguments.FirstOrDefault(argument => argument.IsRequired) is { } missing ? Missing(missing) : null,
                _ => $"The payload is {Shown(document.RootElement)}; it must be an object with {Names(arguments)}.",
            };
        }
    }

    /// <summary>What is wrong with a handler's own list; null when nothing is.</summary>
    public static string? CheckList(IReadOnlyList<CommandArgument> arguments) =>
        arguments.GroupBy(argument => argument.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? $"Argument '{twice.Key}' is described twice; keep one."
            : null;

    private static string? CheckMembers(IReadOnlyList<CommandArgument> arguments, JsonElement payload)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in payload.EnumerateObject())
        {
            if (arguments.FirstOrDefault(argument => argument.Name == member.Name) is not { } argument)
            {
                return $"There is no argument '{Cut(member.Name)}'; the command takes {Names(arguments)}.";
            }

            if (!given.Add(member.Name))
            {
                return $"Argument '{member.Name}' is given twice; it must be {argument.Allowed}.";
            }

            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                given.Remove(member.Name);
            }
            else if (!argument.Fits(member.Value))
            {
                return $"Argument '{member.Name}' is {Shown(member.Value)}; it must be {argument.Allowed}.";
            }
        }

        return arguments.FirstOrDefault(argument => argument.IsRequired && !given.Contains(argument.Name)) is { } missing ? Missing(missing) : null;
    }

    private static string Missing(CommandArgument argument) => $"Argument '{argument.Name}' is missing; it must be {argument.Allowed}.";

    private static string Names(IReadOnlyList<CommandArgument> arguments) => arguments.Count == 0 ? "no arguments" : string.Join(", ", arguments.Select(argument => argument.Name));

    private static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => Cut(value.GetRawText()),
    };

    private static string Cut(string text) => text.Length <= ShownCharactersMax ? text : $"{text[..ShownCharactersMax]}...";
}
