using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EdgeSync.EdgeSimulator;

/// <summary>What <c>--database</c> asks for.</summary>
/// <param name="ConnectionString">A file or server of the user's own; null for one in the data folder.</param>
/// <param name="IsPrivateServer">A PostgreSQL that the simulator starts in the data folder.</param>
internal sealed record DatabaseChoice(string? ConnectionString, bool IsPrivateServer)
{
    private const string Forms = "write 'sqlite', 'postgres', 'Data Source=FILE', or 'Host=HOST;Database=NAME;Username=USER;Password=...' of a PostgreSQL or CockroachDB";

    /// <summary>The file in the data folder.</summary>
    public static DatabaseChoice Sqlite { get; } = new(null, IsPrivateServer: false);

    /// <summary>The private server in the data folder.</summary>
    public static DatabaseChoice Postgres { get; } = new(null, IsPrivateServer: true);

    /// <summary>Reads the option; a folder goes on with what it was begun with when it is not given.</summary>
    /// <exception cref="UsageException">None of the forms.</exception>
    public static DatabaseChoice Of(string? option, DataFolder folder) => option switch
    {
        null => Directory.Exists(folder.Postgres) && !File.Exists(folder.Database) ? Postgres : Sqlite,
        "sqlite" => Sqlite,
        "postgres" => Postgres,
        _ => new DatabaseChoice(Check(option), IsPrivateServer: false),
    };

    // What it says never holds the text itself: that may hold a password.
    private static string Check(string text)
    {
        try
        {
            var keywords = new DbConnectionStringBuilder { ConnectionString = text };
            if (keywords.ContainsKey("Host") || keywords.ContainsKey("Server"))
            {
                return new NpgsqlConnectionStringBuilder(text) is { Host.Length: > 0, Database.Length: > 0 }
                    ? text
                    : throw new UsageException($"--database names no host or no database; {Forms}.");
            }

            return new SqliteConnectionStringBuilder(text) is { DataSource.Length: > 0 } file
                ? OfFile(file.DataSource)
                : throw new UsageException($"--database names no file; {Forms}.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            throw new UsageException($"--database cannot be read ({e.Message.ReplaceLineEndings(" ")}); {Forms}.", e);
        }
    }

    /// <summary>The connection string of a file.</summary>
    public static string OfFile(string path) => new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(path) }.ToString();
}
