using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The kinds of command that this device knows; <c>ping</c> is always among them.</summary>
internal sealed class CommandHandlers
{
    private static readonly CommandHandler Ping =
        new("ping", MayRunAgain: true, static (_, _) => Task.FromResult<JsonValue?>(new JsonValue("""{"pong":true}""")));

    private readonly Dictionary<string, CommandHandler> _byKind = new(StringComparer.Ordinal) { [Ping.Kind] = Ping };

    public CommandHandlers(IEnumerable<CommandHandler> handlers)
    {
        foreach (var handler in handlers)
        {
            if (CommandArguments.CheckList(handler.Arguments ?? []) is { } wrong)
            {
                throw new ArgumentException($"The handler for command kind '{handler.Kind}' is not right: {wrong}", nameof(handlers));
            }

            if (!_byKind.TryAdd(handler.Kind, handler))
            {
                throw new ArgumentException($"Two handlers are registered for command kind '{handler.Kind}'; keep one.", nameof(handlers));
            }
        }
    }

    public string Kinds => string.Join(", ", _byKind.Keys.Order(StringComparer.Ordinal));

    public CommandHandler? Find(string kind) => _byKind.GetValueOrDefault(kind);

    public bool MayRunAgain(string kind) => Find(kind)?.MayRunAgain ?? false;
}
