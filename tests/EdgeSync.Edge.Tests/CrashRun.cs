using EdgeSync.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Edge.Tests;

/// <summary>
/// A device with one command, from a new file to the command's end. Its process is killed at one of the boundaries before and after the statements on its file, counted from 0 at its start; a new process
/// then opens what the kill left, and may be killed too.
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
    private readonly IReadOnlyList<int> _killsAt;
    private readonly EdgeDeviceOptions _options;
    private readonly CommandId _command;
    private int _passed;
    private bool _isDead;
    private bool _isOver;

    /// <summary>Gets ready.</summary>
    /// <param name="kind">The command's kind.</param>
    /// <param name="losesAnswerOf">The path of the request whose first answer is lost; null when none is.</param>
    /// <param name="killsAt">The boundary at which each process is killed; one that has no number, or ends before, is not.</param>
    public CrashRun(string kind, string? losesAnswerOf, params IReadOnlyList<int> killsAt)
    {
        _killsAt = killsAt;
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

    public int Kills { get; private set; }

    /// <summary>How often a handler that is not transactional did its work.</summary>
    public int Effects { get; private set; }

    /// <summary>What the process had done outside its file, and committed to it, at each boundary that the first process passed before the command was over on both sides.</summary>
    public List<(int Requests, int Effects, long FileBytes)> Marks { get; } = [];

    /// <summary>The results that the control plane was told, each once.</summary>
    public IReadOnlyList<CommandResult> Ends => [.. Cloud.Commands.Results.Distinct()];

    public CommandState State => Cloud.Commands.States[_command];

    /// <summary>Lives until the command is over on both sides, again after each kill; then syncs on to see that nothing is told again.</summary>
    public async Task RunAsync()
    {
        do
        {
            (_isDead, _passed) = (false, 0);
            try
            {
                await using var device = Open();
                await LiveAsync(device);
            }
            catch (KilledException)
            {
                Kills++;
            }
        }
        while (_isDead);
    }

    public void Dispose()
    {
        Cloud.Dispose();
        _directory.Delete(recursive: true);
    }

    // Each kill leaves its own copy: the connection of the dead process goes on to tidy up the file that it had.
    private string FileOf(int life) => FormattableString.Invariant($"{_options.DatabasePath}{life}");

    private static bool LosesAnswer(HttpRequestMessage request, ref string? path)
    {
        if (request.RequestUri!.AbsolutePath != path)
        {
            return false;
        }

        path = null;
        return true;
    }

    private EdgeDevice Open() => EdgeDevice.Open(
        _options with { DatabasePath = FileOf(Kills) },
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
        new Random(Kills + 1),
        (_, _) => Pass());

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
            Assert.True(round < RoundsMax, $"The command is {State} after {round} rounds (killed at {string.Join(", ", _killsAt)}).");
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
        if (_isDead)
        {
            throw new KilledException();
        }

        if (_isOver)
        {
            return;
        }

        var (file, wal) = (FileOf(Kills), new FileInfo(FileOf(Kills) + "-wal"));
        if (Kills < _killsAt.Count && _passed == _killsAt[Kills])
        {
            _isDead = true;
            File.Copy(file, FileOf(Kills + 1));
            if (wal.Exists)
            {
                wal.CopyTo(FileOf(Kills + 1) + "-wal");
            }

            throw new KilledException();
        }

        _passed++;
        if (Kills == 0)
        {
            Marks.Add((Cloud.Requests.Count, Effects, wal.Exists ? wal.Length : 0));
        }
    }

    private sealed class KilledException : Exception;
}
