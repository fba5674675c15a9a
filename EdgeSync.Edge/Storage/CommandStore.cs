using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A command in the device's queue.</summary>
internal sealed record QueuedCommand(CommandId Id, string Kind, JsonValue Payload);

/// <summary>
/// <c>command_queue</c>: accepted (stored, not yet asked) -> ready (the control plane said run) -> running -> done -> confirmed (its result was
/// answered). Each step is stored before it is told.
/// </summary>
internal sealed class CommandStore(DeviceDatabase database)
{
    private const int ConfirmedRowsMax = 1_000;

    // What may run again and stops the program each time would never let it come further.
    private const int StopsMax = 3;

    /// <summary>Commands that are not over; no more are pulled beyond it.</summary>
    public const int UnfinishedMax = 1_000;

    /// <summary>
    /// Takes up what an earlier run left. What it was told to run it asks for again; what it had begun runs again only where the handler allows it.
    /// </summary>
    /// <returns>Commands reported as interrupted.</returns>
    public int Resume(long boot, Func<string, bool> mayRunAgain, long now) => database.Write(() =>
    {
        database.Statement("UPDATE command_queue SET state = 'accepted', boot = ?1 WHERE state = 'ready'").Execute(boot);
        var interrupted = 0;
        foreach (var command in ReadIn("running", UnfinishedMax))
        {
            var stops = CountStop(command.Id);
            if (mayRunAgain(command.Kind) && stops < StopsMax)
            {
                database.Statement("UPDATE command_queue SET state = 'ready', boot = ?2 WHERE id = ?1").Execute(command.Id.ToString(), boot);
            }
            else
            {
                Finish(
                    command.Id, CommandOutcome.Interrupted, null, stops == 1 ? "the device stopped while it ran" : FormattableString.Invariant($"the device stopped {stops} times while it ran"), now);
                interrupted++;
            }
        }

        return interrupted;
    });

    /// <summary>Stores what was delivered; an id once. One whose result was confirmed and that comes again is reported again.</summary>
    public int Accept(IReadOnlyList<CommandEnvelope> commands, long boot, long now) => database.Write(() =>
    {
        var added = 0;
        foreach (var command in commands)
        {
            var id = command.Id.ToString();
            added += database.Statement(
                "INSERT OR IGNORE INTO command_queue (id, kind, payload, state, boot, accepted_at) VALUES (?1, ?2, ?3, 'accepted', ?4, ?5)")
                .Execute(id, command.Kind, command.Payload.ToString(), boot, now);
            database.Statement(
                "UPDATE command_queue SET state = CASE WHEN outcome IS NULL THEN 'accepted' ELSE 'done' END, boot = ?2 WHERE id = ?1 AND state = 'confirmed'")
                .Execute(id, boot);
        }

        return added;
    }, WriteClass.Commands);

    public IReadOnlyList<QueuedCommand> ReadAccepted(int count) => database.Read(() => ReadIn("accepted", count));

    /// <summary>The control plane said run.</summary>
    public void MakeReady(CommandId id, long boot) =>
        database.Write(() => database.Statement("UPDATE command_queue SET state = 'ready', boot = ?2 WHERE id = ?1 AND state = 'accepted'").Execute(id.ToString(), boot));

    /// <summary>It is over for the control plane: kept a while, so that a late delivery is recognised.</summary>
    public void Confirm(CommandId id) => database.Write(() =>
    {
        database.Statement("UPDATE command_queue SET state = 'confirmed' WHERE id = ?1 AND state IN ('accepted', 'done')").Execute(id.ToString());
        database.Statement(
            """
            DELETE FROM command_queue WHERE state = 'confirmed' AND ordinal <=
                (SELECT ordinal FROM command_queue WHERE state = 'confirmed' ORDER BY ordinal DESC LIMIT 1 OFFSET ?1)
            """).Execute(ConfirmedRowsMax);
    });

    /// <summary>The next command to run; it counts as running from now on.</summary>
    public QueuedCommand? BeginNext(long boot) => database.Read(() => ReadIn("ready", 1)).FirstOrDefault() is { } next
        && database.Write(() => database.Statement("UPDATE command_queue SET state = 'running', boot = ?2 WHERE id = ?1 AND state = 'ready'").Execute(next.Id.ToString(), boot)) == 1
            ? next
            : null;

    /// <summary>Records how it ended, before anyone is told.</summary>
    public void Complete(CommandId id, CommandOutcome outcome, JsonValue? result, string? error, long now) =>
        database.Write(() => Finish(id, outcome, result, error, now));

    /// <summary>Runs it and records its result in one transaction: what it throws leaves nothing.</summary>
    public JsonValue? CompleteWith(CommandId id, Func<JsonValue?> run, long now) => database.Write(() =>
    {
        var result = run();
        Finish(id, CommandOutcome.Succeeded, result, null, now);
        return result;
    });

    /// <summary>Results that the control plane has not answered, bounded in number and bytes.</summary>
    public IReadOnlyList<CommandResult> ReadResults(int count, int bytesMax) => database.Read(() =>
    {
        var results = new List<CommandResult>();
        var bytes = 0;
        using var reader = database.Statement(
            "SELECT id, outcome, result, error, finished_at FROM command_queue WHERE state = 'done' ORDER BY ordinal LIMIT ?1").Read(count);
        while (reader.Read())
        {
            var (result, error) = (reader.GetText(2), reader.GetText(3));
            // JSON may write one character of an error as six bytes.
            bytes += 256 + (3 * (result?.Length ?? 0)) + (6 * (error?.Length ?? 0));
            if (bytes > bytesMax && results.Count > 0)
            {
                break;
            }

            results.Add(new CommandResult(
                CommandId.Parse(reader.GetString(0)), Words.Parse<CommandOutcome>(reader.GetString(1)), reader.GetInt64(4), result is null ? null : new JsonValue(result), error));
        }

        return results;
    });

    /// <summary>Commands that are not over, and those whose end was not told.</summary>
    public int CountUnfinished() => database.Read(() =>
        (int)database.Statement("SELECT COUNT(*) FROM command_queue WHERE state IN ('accepted', 'ready', 'running', 'done')").Number()!.Value);

    private long CountStop(CommandId id)
    {
        database.Statement("UPDATE command_queue SET stops = stops + 1 WHERE id = ?1").Execute(id.ToString());
        return database.Statement("SELECT stops FROM command_queue WHERE id = ?1").Number(id.ToString()) ?? 0;
    }

    private void Finish(CommandId id, CommandOutcome outcome, JsonValue? result, string? error, long now) => database.Statement(
        "UPDATE command_queue SET state = 'done', outcome = ?2, result = ?3, error = ?4, finished_at = ?5 WHERE id = ?1 AND state <> 'confirmed'")
        .Execute(id.ToString(), Words.Of(outcome), result?.ToString(), error, now);

    private List<QueuedCommand> ReadIn(string state, int count)
    {
        var commands = new List<QueuedCommand>();
        using var reader = database.Statement("SELECT id, kind, payload FROM command_queue WHERE state = ?1 ORDER BY ordinal LIMIT ?2").Read(state, count);
        while (reader.Read())
        {
            commands.Add(new QueuedCommand(CommandId.Parse(reader.GetString(0)), reader.GetString(1), new JsonValue(reader.GetString(2))));
        }

        return commands;
    }
}
