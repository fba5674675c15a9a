using System.Data.Common;
using EdgeSync.ServiceDefaults;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Testing;

/// <summary>The next version of the program, as far as the database goes: it has one migration more than today's.</summary>
public static class NewerProgram
{
    /// <summary>Its migration. Every table gets a column that may be null and one that has a default, and there is a table and an index that nobody knows today.</summary>
    public const string Migration = "900_next.sql";

    private const long Version = 900;

    /// <summary>Brings a database that today's program has made to the next version.</summary>
    /// <param name="connection">To the database.</param>
    /// <param name="worksFrom">The migration from which on programs work with it, as its file says; today's newest where null.</param>
    /// <param name="isSaid">Whether the file says it at all.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task MigrateAsync(DbConnection connection, long? worksFrom = null, bool isSaid = true, CancellationToken ct = default)
    {
        var kind = connection is SqliteConnection ? DatabaseKind.Sqlite : DatabaseKind.PostgreSql;
        var today = MigrationFile.For(kind);
        var said = isSaid ? $"-- Works with programs from {worksFrom ?? today[^1].Version:D3} on.\n" : "";
        var file = new MigrationFile(Version, Migration, $"-- Owned by EdgeSync.Ingest.\n{said}{string.Concat(Tables(today, kind).Select(Widen))}{NewTable}");
        await MigrationStore.CreateAsync(connection, kind);
        foreach (var statement in file.Statements(kind))
        {
            await MigrationStore.RunAsync(connection, statement, ct);
        }

        await MigrationStore.RecordAsync(connection, file, 0);
    }

    private const string NewTable = """
        CREATE TABLE IF NOT EXISTS next_things (
          device_id UUID NOT NULL PRIMARY KEY
        ) ${clustered};
        CREATE INDEX IF NOT EXISTS telemetry_data_next ON telemetry_data (device_id, next_count);

        """;

    private static string Widen(string table) =>
        $"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS next_note TEXT NULL;\nALTER TABLE {table} ADD COLUMN IF NOT EXISTS next_count INT8 NOT NULL DEFAULT 0;\n";

    private static IEnumerable<string> Tables(IReadOnlyList<MigrationFile> files, DatabaseKind kind)
    {
        const string Create = "CREATE TABLE IF NOT EXISTS ";
        return files.SelectMany(file => file.Statements(kind))
            .Where(statement => statement.StartsWith(Create, StringComparison.Ordinal))
            .Select(statement => statement[Create.Length..].Split(' ')[0]);
    }
}
