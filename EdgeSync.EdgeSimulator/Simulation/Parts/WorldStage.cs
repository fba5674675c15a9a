using EdgeSync.ServiceDefaults;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.EdgeSimulator;

/// <summary>What all worlds of a process share and none of them changes: the services' blueprints, keys, and a control plane's database as it is on the first day.</summary>
internal sealed class WorldStage : IDisposable
{
    private const string Memory = "/dev/shm";
    private const string FastContainers = "Microsoft.Extensions.DependencyInjection.DisableDynamicEngine";

    private readonly Dictionary<string, ServiceBlueprint> _services = new(StringComparer.Ordinal);
    private readonly byte[] _database;
    private int _worlds;

    private WorldStage(string folder, WorldKeys keys, Dictionary<string, ServiceBlueprint> services, byte[] database) => (Folder, Keys, _services, _database) = (folder, keys, services, database);

    public string Folder { get; }

    public WorldKeys Keys { get; }

    public static async Task<WorldStage> SetAsync()
    {
        // A container of a world is used for milliseconds: compiling how it makes things would take longer than they do.
        AppContext.SetSwitch(FastContainers, true);
        DatabaseTypes.Register();
        var folder = Path.Combine(Directory.Exists(Memory) ? Memory : Path.GetTempPath(), $"edgesync-worlds-{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        var keys = new WorldKeys(folder);
        var services = new Dictionary<string, ServiceBlueprint>(StringComparer.Ordinal);
        foreach (var service in VirtualService.Names)
        {
            services.Add(service, await ServiceBlueprint.MakeAsync(service, keys));
        }

        return new WorldStage(folder, keys, services, await MakeDatabaseAsync(Path.Combine(folder, "template.db"), services[ControlPlaneSettings.Ingest]));
    }

    public ServiceBlueprint Blueprint(string service) => _services[service];

    /// <summary>A folder for a world, with its control plane's database.</summary>
    /// <returns>The folder; the database is <see cref="DatabaseIn"/>.</returns>
    public string MakeFolder(long seed)
    {
        var folder = Path.Combine(Folder, FormattableString.Invariant($"{seed}-{Interlocked.Increment(ref _worlds)}"));
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(DatabaseIn(folder), _database);
        return folder;
    }

    public static string DatabaseIn(string folder) => Path.Combine(folder, "edgesync.db");

    public static string ConnectionString(string path) => new SqliteConnectionStringBuilder { DataSource = path }.ToString();

    public void Dispose()
    {
        Keys.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<byte[]> MakeDatabaseAsync(string path, ServiceBlueprint service)
    {
        await using (var provider = service.Instantiate(services => services.AddSingleton(new DatabaseOptions(ConnectionString(path), IsServer: false))))
        {
            await provider.GetRequiredService<Migrations>().ApplyAsync(CancellationToken.None);
            await using var connection = await provider.GetRequiredService<ControlPlaneDatabase>().OpenAsync(CancellationToken.None);
            await using var checkpoint = connection.CreateCommand();
            checkpoint.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            await checkpoint.ExecuteNonQueryAsync();
        }

        return await File.ReadAllBytesAsync(path);
    }
}
