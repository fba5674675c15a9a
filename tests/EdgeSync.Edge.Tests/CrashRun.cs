using EdgeSync.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Edge.Tests;

/// <summary>
/// A device with one command, from a new file to the command's end. Its process is killed at one of the boundaries before and after the statements on its file, counted from 0 at its start; a new process
/// then opens what the kill left.
/// </summary>
internal sealed class CrashRun : IDisposable
{
    public const string Once = "once";
    public const string Repeatable = "repeatable";
    public const string Transactional = "transactional";

    private const int RoundsMax = 8;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-crash-");
    private readonly DeviceId _device = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly int _killAt;
    private readonly EdgeDeviceOptions _options;
    private readonly CommandId _command;
    private bool _isOver;

    public CrashRun(string kind, int killAt, string? losesAnswerOf = null)
    {
        _killAt = killAt;
        _options = new EdgeDeviceOptions
        {
            Device = _device,
            DatabasePath = Path.Combine(_directory.FullName, "device.db"),
            ControlPlane = new Uri("http://control-plane.test"),
            // A kill loses nothing that SQLite has; the mark on the disk before a receipt is one more statement to be killed at.
            Durability = Durability.Normal,
            EventStream = false,
        };
        Cloud = new ControlPlaneDouble(_device) { ServerTime = _time.GetMicroseconds, LoseAnswer = request => LosesAnswer(request, ref losesAnswerOf) };
        _command = Cloud.Commands.Create(kind);
    }

    public ControlPlaneDouble Cloud { get; }

    public bool WasKilled { get; private set; }

    /// <summary>How often a handler that is not transactional did its work.</summary>
    public int Effects { get; private set; }

    /// <summary>What the process had done outside its file, and committed to it, at each boundary that it passed before the command was over on both sides.</summary>
    public List<(int Requests, int Effects, long FileBytes)> Marks { get; } = [];

    /// <summary>The results that the control plane was told, each once.</summary>
    public IReadOnlyList<CommandResult> Ends => [.. Cloud.Commands.Results.Distinct()];

    public CommandState State => Cloud.Commands.States[_command];

    /// <summary>Lives until the command is over on both sides, once more after a kill; then syncs on to see that nothing is told again.</summary>
    public async Task RunAsync()
    {
        var path = _options.DatabasePath;
        try
        {
            await using var mortal = Open(path, Pass);
            await LiveAsync(mortal);
        }
        catch (KilledException)
        {
            await using var heir = Open(Left, null);
            await LiveAsync(heir);
        }
    }

    public void Dispose()
    {
        Cloud.Dispose();
        _directory.Delete(recursive: true);
    }

    private FileInfo Wal => new(_options.DatabasePath + "-wal");

    private string Left => _options.DatabasePath + ".left";

    private static bool LosesAnswer(HttpRequestMessage request, ref string? path)
    {
        if (request.RequestUri!.AbsolutePath != path)
        {
            return false;
        }

        path = null;
        return true;
    }

    private EdgeDevice Open(string path, Action? boundary) => EdgeDevice.Open(
        _options with { DatabasePath = path },
        new HttpClient(Cloud, disposeHandler: false),
        [
            new CommandHandler(Once, MayRunAgain: false, DoAsync),
            new CommandHandler(Repeatable, MayRunAgain: true, DoAsync),
            CommandHandler.InTransaction(Transactional, transaction =>
            {
                var stored = transaction.Append([new Reading("effect", _time.GetMicroseconds(), 1)]);
                return new JsonValue($"{stored.Stored}");
            }),
        ],
        _time,
        NullLoggerFactory.Instance,
        new Random(WasKilled ? 2 : 1),
        boundary);

    private Task<JsonValue?> DoAsync(CommandContext context, CancellationToken ct)
    {
        Effects++;
        return Task.FromResult<JsonValue?>(new JsonValue("1"));
    }

    private async Task LiveAsync(EdgeDevice device)
    {
        var ct = TestContext.Current.CancellationToken;
        var parts = device.Parts;
        for (var round = 0; State is CommandState.Pending or CommandState.Delivered || parts.Commands.CountUnfinished() > 0; round++)
        {
            Assert.True(round < RoundsMax, $"The command is {State} after {round} rounds (killed at {_killAt}).");
            await parts.Agent.PassAsync(ct, ct);
            while (parts.Commands.BeginNext(device.Status.Boot.Number) is { } command)
            {
                await parts.Runner.RunOneAsync(command, ct);
            }

            _time.Advance(_options.BackoffMax);
        }

        _isOver = true;
        await parts.Agent.PassAsync(ct, ct);
        var told = Cloud.Commands.Results.Count;
        _time.Advance(_options.BackoffMax);
        await parts.Agent.PassAsync(ct, ct);
        Assert.Equal(told, Cloud.Commands.Results.Count);
    }

    // A dead process does nothing more, whatever its code makes of the exception.
    private void Pass()
    {
        if (WasKilled)
        {
            throw new KilledException();
        }

        if (_isOver)
        {
            return;
        }

        if (Marks.Count == _killAt)
        {
            WasKilled = true;
            File.Copy(_options.DatabasePath, Left);
            if (Wal.Exists)
            {
                Wal.CopyTo(Left + "-wal");
            }

            throw new KilledException();
        }

        Marks.Add((Cloud.Requests.Count, Effects, Wal is { Exists: true, Length: var bytes } ? bytes : 0));
    }

    private sealed class KilledException : Exception;
}
