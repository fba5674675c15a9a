using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EdgeSync.Edge;

/// <summary>
/// How a device's file comes to be: a new one is a copy of a template, because copying bytes costs a tenth of creating a schema;
/// an old one is brought up to date by numbered migrations.
/// </summary>
internal static class DeviceDatabaseFile
{
    // Who else holds the file holds up the sensors too.
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(2);

    // SQLITE_DBCONFIG_ENABLE_QPSG (https://www.sqlite.org/c3ref/c_dbconfig_defensive.html). Without it SQLite prepares a statement anew each time when its plan could depend on a value, as on that of a LIMIT.
    private const int EnableStablePlans = 1007;

    // SQLITE_DBCONFIG_LOOKASIDE: 48 KB of an open file, which save it little.
    private const int Lookaside = 1001;

    private static readonly Lazy<byte[]> Template = new(MakeTemplate);

    /// <summary>The newest schema this program knows; the file keeps its own in <c>user_version</c>.</summary>
    public const int SchemaVersion = 7;

    public static void CreateIfMissing(string path, Durability durability = Durability.Full)
    {
        if (File.Exists(path) && new FileInfo(path).Length > 0)
        {
            return;
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
        {
            Directory.CreateDirectory(directory);
        }

        // Renamed when complete: a power cut leaves no half file behind.
        var unfinished = path + ".new";
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            file.Write(Template.Value);
            file.Flush(flushToDisk: durability != Durability.Process);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Opens the file for use, creating or migrating it.</summary>
    public static SqliteConnection Open(string path, Durability durability, bool isToCheck)
    {
        CreateIfMissing(path, durability);
        var connection = Connect(path, SqliteOpenMode.ReadWrite);
        try
        {
            Migrate(connection, path);
            if (isToCheck)
            {
                Check(connection);
            }

            Execute(connection, "PRAGMA journal_size_limit = 4194304; PRAGMA cache_size = -96; PRAGMA temp_store = MEMORY;");
            Execute(connection, Synchronous(durability));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static string Synchronous(Durability durability) => durability switch
    {
        Durability.Full => "PRAGMA synchronous = FULL",
        Durability.Normal => "PRAGMA synchronous = NORMAL",
        _ => "PRAGMA synchronous = OFF",
    };

    public static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = (int)BusyTimeout.TotalSeconds,
        }.ToString());
        connection.Open();
        raw.sqlite3_busy_timeout(connection.Handle!, (int)BusyTimeout.TotalMilliseconds);
        raw.sqlite3_db_config(connection.Handle!, EnableStablePlans, 1, out _);
        raw.sqlite3_db_config(connection.Handle!, Lookaside, IntPtr.Zero, 0, 0);
        return connection;
    }

    public static void Migrate(SqliteConnection connection, string path)
    {
        Execute(connection, "PRAGMA journal_mode = WAL");
        var version = Version(connection);
        if (version > SchemaVersion)
        {
            throw new DeviceDatabaseException(
                $"The device's file {path} has schema version {version}, this program knows up to {SchemaVersion}. Install the newer program again; an older one would not understand the file.");
        }

        for (var next = version + 1; next <= SchemaVersion; next++)
        {
            Execute(connection, $"BEGIN IMMEDIATE;\n{ReadMigration(next)}\nPRAGMA user_version = {next.ToString(CultureInfo.InvariantCulture)};\nCOMMIT;");
        }
    }

    /// <summary>Brings the write-ahead log into the file.</summary>
    public static void Truncate(SqliteConnection connection) => Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");

    /// <summary>Bounds the file and its log, in pages; a file is never less than it has.</summary>
    public static void Bound(SqliteConnection connection, long pagesMax, int logPages) =>
        Execute(connection, FormattableString.Invariant($"PRAGMA max_page_count = {Math.Min(pagesMax, uint.MaxValue - 1)}; PRAGMA wal_autocheckpoint = {logPages};"));

    /// <summary>The first page of a new file: 4 KiB.</summary>
    public static byte[] FirstPage() => Template.Value[..4096];

    /// <summary>Whether the file can be read at all.</summary>
    public static bool CanReadSchema(SqliteConnection connection)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'device_state'";
            return (long)command.ExecuteScalar()! == 1;
        }
        catch (SqliteException e) when (StorageRules.IsDamage(e))
        {
            return false;
        }
    }

    /// <summary>Reads the whole file to see that it is in order; stops at the first thing that is not.</summary>
    /// <exception cref="SqliteException">It is not.</exception>
    public static void Check(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA quick_check(1)";
        if ((string)command.ExecuteScalar()! is var found && found != "ok")
        {
            throw new SqliteException($"quick_check: {found}", 11);
        }
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Version(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return (long)command.ExecuteScalar()!;
    }

    private static string ReadMigration(long number)
    {
        using var stream = typeof(DeviceDatabaseFile).Assembly.GetManifestResourceStream(number.ToString("000", CultureInfo.InvariantCulture))!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static byte[] MakeTemplate()
    {
        var directory = Directory.CreateTempSubdirectory("edgesync-template-");
        try
        {
            var path = Path.Combine(directory.FullName, "template.db");
            using (var connection = Connect(path, SqliteOpenMode.ReadWriteCreate))
            {
                // Before there is anything in it: free pages can then be given back to the disk without writing the file anew.
                Execute(connection, "PRAGMA auto_vacuum = INCREMENTAL");
                Migrate(connection, path);
                Truncate(connection);
            }

            return File.ReadAllBytes(path);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
