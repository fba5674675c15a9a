using Dapper;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>A copy of a finished run's folder that a test damages; the audit must say what.</summary>
internal sealed class RunCopy : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-damaged-");

    public RunCopy(string data)
    {
        Folder = new DataFolder(_directory.FullName);
        foreach (var path in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Folder.Root, Path.GetRelativePath(data, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }

        Victim = Query<Row>("SELECT device_id AS Device, epoch AS Epoch, seq AS Number, recorded_at AS RecordedAt, sensor AS Sensor FROM telemetry_data WHERE seq = 7 AND value IS NOT NULL ORDER BY device_id LIMIT 1");
        var fleet = FleetFile.TryRead(Folder)!;
        VictimNumber = Enumerable.Range(0, fleet.Devices).Single(number => fleet.DeviceId(number).ToString() == Victim.Device);
    }

    public DataFolder Folder { get; }

    /// <summary>The row that a test damages.</summary>
    public Row Victim { get; }

    /// <summary>Its device's number in the fleet.</summary>
    public int VictimNumber { get; }

    /// <summary>How the audit names the row.</summary>
    public string VictimName => $"device {DataFolder.Name(VictimNumber)} {new EntryName(new Epoch(Victim.Epoch), Victim.Number)}";

    /// <summary>Changes the control plane's database; <c>@Device @Epoch @Number @RecordedAt</c> name the victim.</summary>
    public void Damage(string sql, string? database = null)
    {
        using var connection = Open(database ?? Folder.Database);
        Assert.NotEqual(0, connection.Execute(sql, Victim));
    }

    public T Query<T>(string sql)
    {
        using var connection = Open(Folder.Database);
        return connection.QuerySingle<T>(sql);
    }

    /// <summary>Adds to a journal of the run, as if the world had written it.</summary>
    public void AddToJournal(string text) => File.AppendAllText(Directory.EnumerateFiles(Folder.Journals).Order(StringComparer.Ordinal).First(), text);

    public AuditResult Audit() => Auditor.Run(Folder, DatabaseChoice.OfFile(Folder.Database));

    public async Task<(int ExitCode, string Error)> AuditVerbAsync()
    {
        await using var error = new StringWriter();
        return (await CommandLine.InvokeAsync(["audit", "--data", Folder.Root], TimeProvider.System, error), error.ToString());
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    internal sealed record Row(string Device, long Epoch, long Number, long RecordedAt, string Sensor);
}
