using System.Text;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>Runs ready commands one at a time, in the order of their delivery. That one runs, and how it ended, is stored before anything is told.</summary>
internal sealed partial class CommandRunner(
    CommandStore store, TelemetryStore telemetry, DeviceConfig config, CommandHandlers handlers, CommandDeadlines deadlines, CommandTraces traces, SyncLogStore syncLog, EdgeDeviceOptions options, Func<long> bootNumber, TimeProvider time, ILogger logger)
    : IDisposable
{
    private const int ErrorCharactersMax = 1_024;
    private static readonly TimeSpan IdleMax = TimeSpan.FromMinutes(10);

    private readonly WakeSignal _wake = new(time);
    private EndedCommand? _unstored;
    private long _run;

    /// <summary>Called after each command.</summary>
    public Action Completed { get; set; } = static () => { };

    public long CommandsRun => Interlocked.Read(ref _run);

    public void Wake() => _wake.Set();

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var wait = IdleMax;
            try
            {
                StoreEnd();
                while (!stop.IsCancellationRequested && store.BeginNext(bootNumber()) is { } command)
                {
                    await RunOneAsync(command, stop);
                }
            }
            catch (SqliteException e)
            {
                LogStorage(e, e.Message);
                wait = options.BackoffMax;
            }

            await _wake.WaitAsync(wait, stop);
        }
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>Runs one command to its end. One that the device's stop has ended stays as running: the next start decides about it.</summary>
    internal async Task RunOneAsync(QueuedCommand command, CancellationToken stop)
    {
        using var span = EdgeTraces.Command(options.Device, command, traces.Take(command.Id));
        if (await EndOfAsync(command, stop) is not { } end)
        {
            return;
        }

        EdgeTraces.End(span, Words.Of(end.Outcome), end.Outcome != CommandOutcome.Succeeded, end.Error);
        EdgeMetrics.Shared.CommandRan(end.Outcome);
        _unstored = new EndedCommand(command, end, time.GetMicroseconds());
        StoreEnd();
    }

    // An end that the file would not take is kept here and stored before anything else runs: what has had its effect must not become unknown.
    private void StoreEnd()
    {
        if (_unstored is not { Command: var command, End: var end })
        {
            return;
        }

        if (!end.IsStored)
        {
            store.Complete(command.Id, end.Outcome, end.Result, end.Error, _unstored.At);
        }

        _unstored = null;
        syncLog.Write("commands", Words.Of(end.Outcome), end.Error is null ? $"{command.Kind} {command.Id}" : $"{command.Kind} {command.Id}: {end.Error}");
        Interlocked.Increment(ref _run);
        LogRan(command.Kind, command.Id, end.Outcome);
        Completed();
    }

    private async Task<CommandEnd?> EndOfAsync(QueuedCommand command, CancellationToken stop)
    {
        if (handlers.Find(command.Kind) is not { } handler)
        {
            return Failed($"This device knows no command '{command.Kind}'; it knows: {handlers.Kinds}.");
        }

        if (deadlines.IsOver(command.Id))
        {
            return Failed("expired on the device");
        }

        if (handler.Arguments is { } arguments && CommandArguments.Check(arguments, command.Payload) is { } unfit)
        {
            return Failed(unfit);
        }

        var context = new CommandContext(command.Id, command.Kind, command.Payload);
        var timeout = handler.Timeout ?? options.CommandTimeout;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            if (handler.RunInTransaction is { } run)
            {
                return RunInTransaction(context, run);
            }

            var running = handler.RunAsync(context, cancel.Token);
            var result = await running.WaitAsync(timeout, time, stop);
            return CheckResult(result) is { } wrong ? Failed(wrong) : new CommandEnd(CommandOutcome.Succeeded, result, null);
        }
        catch (TimeoutException)
        {
            await cancel.CancelAsync();
            return Failed(FormattableString.Invariant($"timed out after {timeout.TotalSeconds} s"));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch (CommandFailedException e)
        {
            return Failed(e.Message);
        }
#pragma warning disable CA1031 // A handler is the device program's code: whatever it throws is the command's failure, not the agent's.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogThrew(e, command.Kind, command.Id);
            return Failed($"{e.GetType().Name}: {e.Message}");
        }
    }

    private CommandEnd RunInTransaction(CommandContext context, Func<CommandTransaction, JsonValue?> run)
    {
        var transaction = new CommandTransaction(context, telemetry, config);
        try
        {
            var kept = store.CompleteWith(
                context.Id,
                () => run(transaction) is var result && CheckResult(result) is { } wrong ? throw new CommandFailedException(wrong) : result,
                time.GetMicroseconds());
            transaction.TellCommitted();
            return new CommandEnd(CommandOutcome.Succeeded, kept, null, IsStored: true);
        }
        finally
        {
            transaction.End();
        }
    }

    private static string? CheckResult(JsonValue? result) => result switch
    {
        { } json when Encoding.UTF8.GetByteCount(json.ToString()) > Limits.CommandPayloadBytesMax =>
            $"The handler's result has more than {Limits.CommandPayloadBytesMax} bytes; let it return less.",
        { } json when !JsonText.IsValid(json.ToString(), Limits.PayloadDepthMax) => "The handler's result is not JSON.",
        _ => null,
    };

    private static CommandEnd Failed(string error) =>
        new(CommandOutcome.Failed, null, error.Length <= ErrorCharactersMax ? error : error[..ErrorCharactersMax]);

    private sealed record EndedCommand(QueuedCommand Command, CommandEnd End, long At);

    private sealed record CommandEnd(CommandOutcome Outcome, JsonValue? Result, string? Error, bool IsStored = false);

    [LoggerMessage(Level = LogLevel.Information, Message = "Command {Kind} {Id}: {Outcome}")]
    private partial void LogRan(string kind, CommandId id, CommandOutcome outcome);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The handler of command {Kind} {Id} failed")]
    private partial void LogThrew(Exception exception, string kind, CommandId id);

    [LoggerMessage(Level = LogLevel.Error, Message = "The command queue cannot be read or written: {Error}")]
    private partial void LogStorage(Exception exception, string error);
}
