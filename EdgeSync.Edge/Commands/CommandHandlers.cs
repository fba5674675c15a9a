namespace EdgeSync.Edge;

/// <summary>The kinds of command that this device knows.</summary>
internal sealed class CommandHandlers
{
    private readonly Dictionary<string, CommandHandler> _byKind = new(StringComparer.Ordinal);

    /// <summary>Those of the device's program.</summary>
    /// <exception cref="ArgumentException">One is wrong; the message says what to change.</exception>
    public CommandHandlers(IEnumerable<CommandHandler> handlers)
    {
        foreach (var handler in handlers)
        {
            if (CommandArguments.CheckList(handler.Arguments ?? []) is { } wrong)
            {
                throw new ArgumentException($"The handler for command kind '{handler.Kind}' is not right: {wrong}", nameof(handlers));
            }

            if (BuiltInCommands.Kinds.Contains(handler.Kind))
            {
                throw new ArgumentException($"Command kind '{handler.Kind}' is built in; give the handler another kind.", nameof(handlers));
            }

            if (!_byKind.TryAdd(handler.Kind, handler))
            {
                throw new ArgumentException($"Two handlers are registered for command kind '{handler.Kind}'; keep one.", nameof(handlers));
            }
        }
    }

    private CommandHandlers(Dictionary<string, CommandHandler> byKind) => _byKind = byKind;

    public string Kinds => string.Join(", ", _byKind.Keys.Order(StringComparer.Ordinal));

    /// <summary>These and those that are built in.</summary>
    public CommandHandlers With(IReadOnlyList<CommandHandler> builtIn) =>
        new(_byKind.Values.Concat(builtIn).ToDictionary(handler => handler.Kind, StringComparer.Ordinal));

    public CommandHandler? Find(string kind) => _byKind.GetValueOrDefault(kind);

    public bool MayRunAgain(string kind) => Find(kind)?.MayRunAgain ?? false;
}
