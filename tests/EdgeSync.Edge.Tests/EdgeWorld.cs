using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Edge.Tests;

/// <summary>One device with its file, a clock that only the test moves, and a control plane that it can reach.</summary>
internal sealed class EdgeWorld : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-test-");
    private int _seed = 1;

    public EdgeWorld()
    {
        Cloud = new ControlPlaneDouble(Id) { ServerTime = Time.GetMicroseconds };
        Cloud.Config.ServerTime = Time.GetMicroseconds;
        Options = new EdgeDeviceOptions
        {
            Device = Id,
            DatabasePath = Path.Combine(_directory.FullName, "device.db"),
            ControlPlane = new Uri("http://control-plane.test"),
            EventStream = false,
            // A test that looks at requests sees none that it does not speak of.
            ReceiptInterval = null,
        };
        Device = Open();
    }

    public DeviceId Id { get; } = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    public ControlPlaneDouble Cloud { get; }

    public EdgeDeviceOptions Options { get; set; }

    public List<CommandHandler> Handlers { get; } = [];

    public EdgeDevice Device { get; private set; }

    /// <summary>Values that were only in a file that is gone.</summary>
    public HashSet<int> LostWithTheFile { get; } = [];

    public string CopyPath => Options.DatabasePath + ".copy";

    public async Task RestartAsync()
    {
        await Device.DisposeAsync();
        Device = Open();
    }

    /// <summary>One pass of the agent, as its loop makes them.</summary>
    public Task SyncAsync() => Device.Parts.Agent.PassAsync(TestContext.Current.CancellationToken, TestContext.Current.CancellationToken);

    /// <summary>Runs what is ready and syncs, as the runner's loop does.</summary>
    public async Task RunCommandsAsync()
    {
        while (Device.Parts.Commands.BeginNext(Device.Status.Boot.Number) is { } command)
        {
            await Device.Parts.Runner.RunOneAsync(command, TestContext.Current.CancellationToken);
        }
    }

    public AppendResult Append(int count, double from = 0) =>
        Device.Append([.. Enumerable.Range(0, count).Select(i => new Reading("temperature", Time.GetMicroseconds() + i, from + i))]);

    public void CopyFile()
    {
        File.Delete(CopyPath);
        using var copy = new SqliteConnection($"Data Source={CopyPath};Pooling=False");
        using var original = new SqliteConnection($"Data Source={Options.DatabasePath};Pooling=False");
        original.Open();
        original.BackupDatabase(copy);
    }

    /// <summary>The file goes back to where it held values below <paramref name="kept"/>: those after it are lost unless the control plane has them.</summary>
    public void Forget(int kept, int next)
    {
        var known = Cloud.Streams.Values.SelectMany(stream => stream.Stored.Values).Select(reading => (int)reading.Value!.Value).ToHashSet();
        LostWithTheFile.UnionWith(Enumerable.Range(kept, next - kept).Where(value => !known.Contains(value)));
    }

    /// <summary>The device stops, its file is replaced by the copy, and it starts again.</summary>
    public async Task RestoreCopyAsync()
    {
        await Device.DisposeAsync();
        File.Delete(Options.DatabasePath + "-wal");
        File.Delete(Options.DatabasePath + "-shm");
        File.Move(CopyPath, Options.DatabasePath, overwrite: true);
        Device = Open();
    }

    /// <summary>Changes the file behind the device's back.</summary>
    public async Task TamperAsync(string sql)
    {
        await Device.DisposeAsync();
        Execute(sql);
        Device = Open();
    }

    /// <summary>The device stops, its file is damaged, and it starts again.</summary>
    public async Task DamageAsync(Action<FileStream> damage)
    {
        await Device.DisposeAsync();
        DamageFile(damage);
        Device = Open();
    }

    public void DamageFile(Action<FileStream> damage)
    {
        using var file = new FileStream(Options.DatabasePath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        damage(file);
    }

    public void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Options.DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public long Count(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Options.DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    public EdgeDevice Open() => EdgeDevice.Open(Options, new HttpClient(Cloud, disposeHandler: false), Handlers, Time, NullLoggerFactory.Instance, new Random(_seed++));

    public async ValueTask DisposeAsync()
    {
        await Device.DisposeAsync();
        Cloud.Dispose();
        _directory.Delete(recursive: true);
    }
}
