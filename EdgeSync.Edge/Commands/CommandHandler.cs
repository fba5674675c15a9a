using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Runs commands of one kind.</summary>
/// <param name="Kind">The kind, e.g. <c>restart-pump</c>.</param>
/// <param name="MayRunAgain">
/// Whether it may be run again after the device stopped in the middle: true only if running twice does what running once does. One that may
/// not is reported as interrupted.
/// </param>
/// <param name="RunAsync">Does it and returns a result or null; must not block its thread, and should end when its token is cancelled.</param>
/// <param name="Timeout">How long it may take; <see cref="EdgeDeviceOptions.CommandTimeout"/> when absent.</param>
/// <remarks>One whose whole effect is in the device's file is better made with <see cref="InTransaction"/>.</remarks>
public sealed record CommandHandler(
    string Kind, bool MayRunAgain, Func<CommandContext, CancellationToken, Task<JsonValue?>> RunAsync, TimeSpan? Timeout = null)
{
    /// <summary>
    /// The arguments it takes, checked before it runs: a payload with another argument, without a required one or with a value that is not allowed ends as failed, and its reason says what is.
    /// Null: the handler looks at the payload by itself.
    /// </summary>
    public IReadOnlyList<CommandArgument>? Arguments { get; init; }

    internal Func<CommandTransaction, JsonValue?>? RunInTransaction { get; private init; }

    /// <summary>
    /// Runs commands whose effect is in the device's file, in the transaction that records their result: whenever the device stops, both are kept or neither, so that the effect is there exactly
    /// once. It is never reported as interrupted. If it throws, nothing of it is kept, and the command has failed.
    /// </summary>
    /// <param name="kind">The kind, e.g. <c>take-sample</c>.</param>
    /// <param name="run">Does it and returns a result or null. On its own thread, without waiting for anything: readings cannot be stored meanwhile, and it has no timeout.</param>
    public static CommandHandler InTransaction(string kind, Func<CommandTransaction, JsonValue?> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new CommandHandler(kind, MayRunAgain: true, static (_, _) => throw new InvalidOperationException("It runs in a transaction.")) { RunInTransaction = run };
    }
}

/// <summary>A command to run.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Payload">Its arguments.</param>
public sealed record CommandContext(CommandId Id, string Kind, JsonValue Payload);

/// <summary>Thrown by a handler: the command failed, for the reason that the message gives.</summary>
public sealed class CommandFailedException : Exception
{
    /// <summary>With nothing said.</summary>
    public CommandFailedException()
    {
    }

    /// <summary>Says why.</summary>
    public CommandFailedException(string message) : base(message)
    {
    }

    /// <summary>Says why, and what caused it.</summary>
    public CommandFailedException(string message, Exception inner) : base(message, inner)
    {
    }
}
