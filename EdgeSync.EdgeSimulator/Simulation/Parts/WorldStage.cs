using System.Collections.Concurrent;
using EdgeSync.ServiceDefaults;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.EdgeSimulator;

/// <summary>What all worlds of a process share and none of them changes: the services' blueprints, keys, and a control plane's database as it is on the first day.</summary>
internal sealed class WorldStage : IDisposable
{
    private const string FastContainers = "Microsoft.Extensions.DependencyInjection.DisableDynamicEngine";

    private readonly Dictionary<string, ServiceBlueprint> _services = new(StringComparer.Ordinal);
    private readonly byte[] _database;
    private readonly ConcurrentBag<string> _folders = [];
    private readonly WorldFolder _folder;
    private int _made;

    private WorldStage(WorldFolder folder, WorldKeys keys, Dictionary<string, ServiceBlueprint> services, byte[] database) => (_folder, Keys, _services, _database) = (folder, keys, services, database);

    public WorldKeys Keys { get; }

    public static async Task<WorldStage> SetAsync()
    {
        // A container of a world is used for milliseconds: compiling how it makes things would take longer than they do.
        AppContext.SetSwitch(FastContainers, true);
        DatabaseTypes.Register();
        var folder = WorldFolder.Make();
        var keys = new WorldKeys(folder.Path);
        var services = new Dictionary<string, ServiceBlueprint>(StringComparer.Ordinal);
        foreach (var service in VirtualService.Names)
        {
            services.Add(service, await ServiceBlueprint.MakeAsync(service, keys));
        }

        return new WorldStage(folder, keys, services, await MakeDatabaseAsync(Path.Combine(folder.Path, "template.db"), services[ControlPlaneSettings.Ingest]));
    }

    public ServiceBlueprint Blueprint(string service) => _services[service];

    /// <summary>
    /// A folder for a world, with its control plane's database. One after the other uses the same: what Dapper compiles is kept by the connection string, and would be compiled anew for each name.
    /// </summary>
    /// <returns>The folder; the database is <see cref="DatabaseIn"/>.</returns>
    public string TakeFolder()
    {
        var folder = _folders.TryTake(out var left) ? left : Path.Combine(_folder.Path, FormattableString.Invariant($"world-{Interlocked.Increment(ref _made)}"));
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(DatabaseIn(folder), _database);
        return folder;
    }

    /// <summary>Deletes what a world has left; the next one may use its folder.</summary>
    public void GiveBack(string folder)
    {
        Directory.Delete(folder, recursive: true);
        _folders.Add(folder);
    }

    public static string DatabaseIn(string folder) => Path.Combine(folder, "edgesync.db");

    public static string ConnectionString(string path) => new SqliteConnectionStringBuilder { DataSource = path }.ToString();

    public void Dispose()
    {
        Keys.Dispose();
        _folder.Dispose();
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
