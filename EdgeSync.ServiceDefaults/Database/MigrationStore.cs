using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace EdgeSync.ServiceDefaults;

/// <summary>The account of applied migrations, and the lease of whoever applies them. Every statement stands alone, outside of a transaction.</summary>
internal static class MigrationStore
{
    // An index over a large table takes its time.
    private const int StatementTimeoutSeconds = 0;

    private const string CreateAccountSql = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          version INT8 NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INT8 NOT NULL, works_from INT8 NULL, PRIMARY KEY (version))
        """;

    private const string CreateLeaseSql = """
        CREATE TABLE IF NOT EXISTS schema_migration_lease (
          lease_id INT8 NOT NULL, holder TEXT NOT NULL, lease_until INT8 NOT NULL, PRIMARY KEY (lease_id))
        """;

    // An account that an earlier program began.
    private const string AddWorksFromSql = "ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS works_from INT8 NULL";
    private const string AddWorksFromInFileSql = "ALTER TABLE schema_migrations ADD COLUMN works_from INT8 NULL";
    private const string LookForWorksFromSql = "SELECT works_from FROM schema_migrations WHERE version = 0";

    public static async Task CreateAsync(DbConnection connection, DatabaseKind kind)
    {
        await connection.ExecuteAsync(CreateAccountSql);
        await connection.ExecuteAsync(CreateLeaseSql);
        try
        {
            await connection.ExecuteAsync(LookForWorksFromSql);
        }
        catch (DbException e) when (IsWithoutColumn(e))
        {
            await RunAsync(connection, kind is DatabaseKind.Sqlite ? AddWorksFromInFileSql : AddWorksFromSql, CancellationToken.None);
        }
    }

    // By the database's clock: those of the instances may differ.
    private const string TakeLeaseSql = """
        INSERT INTO schema_migration_lease (lease_id, holder, lease_until)
        VALUES (1, @holder, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS INT8) + @length)
        ON CONFLICT (lease_id) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until
        WHERE schema_migration_lease.holder = excluded.holder OR schema_migration_lease.lease_until < CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS INT8)
        """;

    private const string TakeLeaseInFileSql = """
        INSERT INTO schema_migration_lease (lease_id, holder, lease_until)
        VALUES (1, @holder, CAST(unixepoch('subsec') * 1000000 AS INT8) + @length)
        ON CONFLICT (lease_id) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until
        WHERE schema_migration_lease.holder = excluded.holder OR schema_migration_lease.lease_until < CAST(unixepoch('subsec') * 1000000 AS INT8)
        """;

    /// <summary>Takes or prolongs the lease; false while another holds it.</summary>
    public static async Task<bool> TakeLeaseAsync(DbConnection connection, DatabaseKind kind, string holder, TimeSpan length) =>
        await connection.ExecuteAsync(kind is DatabaseKind.Sqlite ? TakeLeaseInFileSql : TakeLeaseSql, new { holder, length = (long)length.TotalMicroseconds }) == 1;

    private const string EndLeaseSql = "DELETE FROM schema_migration_lease WHERE holder = @holder";

    public static Task EndLeaseAsync(DbConnection connection, string holder) => connection.ExecuteAsync(EndLeaseSql, new { holder });

    private const string ReadSql = "SELECT version AS Version, name AS Name, checksum AS Checksum, works_from AS WorksFrom FROM schema_migrations ORDER BY version";
    private const string ReadOldSql = "SELECT version AS Version, name AS Name, checksum AS Checksum FROM schema_migrations ORDER BY version";

    public static async Task<IReadOnlyList<AppliedMigration>> ReadAsync(DbConnection connection)
    {
        try
        {
            return (await connection.QueryAsync<AppliedMigration>(ReadSql)).AsList();
        }
        catch (DbException e) when (IsWithoutColumn(e))
        {
            return (await connection.QueryAsync<AppliedMigration>(ReadOldSql)).AsList();
        }
    }

    private const string RecordSql = """
        INSERT INTO schema_migrations (version, name, checksum, applied_at, works_from) VALUES (@Version, @Name, @Checksum, @now, @WorksFrom) ON CONFLICT DO NOTHING
        """;

    public static Task RecordAsync(DbConnection connection, MigrationFile file, long now) =>
        connection.ExecuteAsync(RecordSql, new { file.Version, file.Name, file.Checksum, file.WorksFrom, now });

    public static async Task RunAsync(DbConnection connection, string statement, CancellationToken ct)
    {
        try
        {
            await connection.ExecuteAsync(new CommandDefinition(statement, commandTimeout: StatementTimeoutSeconds, cancellationToken: ct));
        }
        catch (SqliteException e) when (e.Message.Contains("duplicate column name", StringComparison.Ordinal))
        {
            // The file is run again, and got so far before.
        }
    }

    private static bool IsWithoutColumn(DbException e) => e is SqliteException ? e.Message.Contains("no such column", StringComparison.Ordinal) : e.SqlState == "42703";
}

/// <summary>What the account says of a migration.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Name">Its file.</param>
/// <param name="Checksum">The file's, when it was applied.</param>
/// <param name="WorksFrom">As <see cref="MigrationFile.WorksFrom"/>, said by the program that applied it.</param>
internal sealed record AppliedMigration(long Version, string Name, string Checksum, long? WorksFrom)
{
    public AppliedMigration(long version, string name, string checksum)
        : this(version, name, checksum, null)
    {
    }
}
