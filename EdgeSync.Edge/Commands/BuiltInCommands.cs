using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The kinds of command that every device knows; docs/protocol.md has them with arguments and results.</summary>
internal sealed class BuiltInCommands(
    SettingsStore settings, SyncLogStore syncLog, CertificateSync? certificates, StreamVerification verification, Func<EdgeStatus> status, Action wake, DeadLetterCommands letters, string databasePath, TimeProvider time)
{
    private const string Ping = "ping";
    private const string SetInterval = "set-interval";
    private const string Pause = "pause";
    private const string Resume = "resume";
    private const string CollectDiagnostics = "collect-diagnostics";
    private const string RotateCertificate = "rotate-certificate";
    private const string Resync = "resync";

    private const string MillisecondsArgument = "milliseconds";
    private const string LinesArgument = "lines";
    private const int LinesMax = 1_000;
    private const int LinesUsual = 100;

    // A million readings over a slow network take minutes.
    private static readonly TimeSpan ResyncTimeout = TimeSpan.FromHours(1);

    private readonly long _openedAt = time.GetTimestamp();

    /// <summary>Their names, which no handler of the program may have.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [
        Ping, SetInterval, Pause, Resume, CollectDiagnostics, RotateCertificate, Resync, DeadLetterCommands.List, DeadLetterCommands.Replay, DeadLetterCommands.Discard,
    ];

    public IReadOnlyList<CommandHandler> Handlers =>
    [
        new CommandHandler(Ping, MayRunAgain: true, static (_, _) => Task.FromResult<JsonValue?>(new JsonValue("""{"pong":true}"""))),
        CommandHandler.InTransaction(SetInterval, ChangeInterval) with
        {
            Arguments = [CommandArgument.Whole(
                MillisecondsArgument, (long)EdgeDeviceOptions.SyncIntervalMin.TotalMilliseconds, (long)EdgeDeviceOptions.SyncIntervalMax.TotalMilliseconds).Optional()],
        },
        CommandHandler.InTransaction(Pause, PauseTelemetry) with { Arguments = [] },
        CommandHandler.InTransaction(Resume, ResumeTelemetry) with { Arguments = [] },
        new CommandHandler(CollectDiagnostics, MayRunAgain: true, (command, _) => Task.FromResult<JsonValue?>(Collect(command.Payload)))
        {
            Arguments = [CommandArgument.Whole(LinesArgument, 0, LinesMax).Optional()],
        },
        // Twice is one certificate more, and the newest is in use either way.
        new CommandHandler(RotateCertificate, MayRunAgain: true, RotateAsync) { Arguments = [] },
        // What was mended already is found to be alike.
        new CommandHandler(Resync, MayRunAgain: true, async (_, ct) => (await verification.ResyncAsync(wake, ct)).ToJson(), ResyncTimeout) { Arguments = [] },
        .. letters.Handlers,
    ];

    private JsonValue? ChangeInterval(CommandTransaction transaction)
    {
        var before = settings.SyncInterval;
        settings.SetSyncInterval(Whole(transaction.Command.Payload, MillisecondsArgument) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null);
        return new JsonValue(FormattableString.Invariant(
            $$"""{"milliseconds":{{(long)settings.SyncInterval.TotalMilliseconds}},"millisecondsBefore":{{(long)before.TotalMilliseconds}}}"""));
    }

    private JsonValue? PauseTelemetry(CommandTransaction transaction)
    {
        settings.Pause(time.GetMicroseconds());
        return new JsonValue(FormattableString.Invariant($$"""{"pausedAt":"{{settings.PausedAt}}"}"""));
    }

    private JsonValue? ResumeTelemetry(CommandTransaction transaction)
    {
        var wasPaused = settings.PausedAt is not null;
        settings.Resume();
        return new JsonValue(wasPaused ? """{"wasPaused":true}""" : """{"wasPaused":false}""");
    }

    private JsonValue Collect(JsonValue payload) => Diagnostics.Report(
        status(), BytesOf(databasePath), BytesOf(databasePath + "-wal"), time.GetElapsedTime(_openedAt), syncLog.Read((int)(Whole(payload, LinesArgument) ?? LinesUsual)));

    private async Task<JsonValue?> RotateAsync(CommandContext command, CancellationToken ct)
    {
        if (certificates is null)
        {
            throw new CommandFailedException("The device's program brings its certificate; renew it there.");
        }

        var renewing = certificates.RenewNowAsync(ct);
        wake();
        var outcome = await renewing;
        return outcome.Succeeded
            ? new JsonValue(FormattableString.Invariant($$"""{"certificateNotAfter":"{{Microseconds.From(certificates.NotAfter!.Value)}}"}"""))
            : throw new CommandFailedException($"The certificate was not renewed ({outcome.Code}): {outcome.Error}");
    }

    private static long? Whole(JsonValue payload, string name)
    {
        using var given = new GivenArguments(payload);
        return given.Whole(name);
    }

    private static long BytesOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;
}
