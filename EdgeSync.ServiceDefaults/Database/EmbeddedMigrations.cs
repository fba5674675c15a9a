using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace EdgeSync.ServiceDefaults;

/// <summary>Brings the embedded database to the schema of this program: numbered SQL files, each applied once, in one transaction, whoever starts first.</summary>
public sealed class EmbeddedMigrations(EmbeddedDatabase database, TimeProvider time)
{
    private const string Folder = ".Database.Migrations.";

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="InvalidOperationException">The database is newer than this program, or an applied file has changed since.</exception>
    public void Apply()
    {
        using var connection = database.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute("""
            CREATE TABLE IF NOT EXISTS schema_migrations (
              version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)
            """, transaction: transaction);
        var applied = connection.Query<(long Version, string Checksum)>("SELECT version, checksum FROM schema_migrations", transaction: transaction)
            .ToDictionary(row => row.Version, row => row.Checksum);
        var files = Files();
        if (applied.Keys.DefaultIfEmpty().Max() > files[^1].Version)
        {
            throw new InvalidOperationException(
                $"The database is at version {applied.Keys.Max()}, this program knows {files[^1].Version}. Start the newer program, or restore an older database.");
        }

        foreach (var file in files)
        {
            Apply(connection, transaction, file, applied.GetValueOrDefault(file.Version));
        }

        transaction.Commit();
    }

    private void Apply(SqliteConnection connection, SqliteTransaction transaction, MigrationFile file, string? appliedChecksum)
    {
        if (appliedChecksum is null)
        {
            connection.Execute(file.Sql, transaction: transaction);
            connection.Execute(
                "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (@Version, @Name, @Checksum, @AppliedAt)",
                new { file.Version, file.Name, file.Checksum, AppliedAt = Protocol.Microseconds.From(time.GetUtcNow()) },
                transaction);
        }
        else if (appliedChecksum != file.Checksum)
        {
            throw new InvalidOperationException($"Migration {file.Name} was applied with other content. Never change a file that was released; add a new one.");
        }
    }

    private static List<MigrationFile> Files()
    {
        var assembly = typeof(EmbeddedMigrations).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.Contains(Folder, StringComparison.Ordinal))
            .Select(resource =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                var sql = reader.ReadToEnd();
                var name = resource[(resource.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..];
                return new MigrationFile(
                    long.Parse(name.AsSpan(0, 3), CultureInfo.InvariantCulture), name, sql, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));
            })
            .OrderBy(file => file.Version)];
    }

    private sealed record MigrationFile(long Version, string Name, string Sql, string Checksum);
}
