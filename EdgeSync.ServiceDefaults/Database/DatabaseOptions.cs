using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;

namespace EdgeSync.ServiceDefaults;

/// <summary>Where the control plane keeps everything: <c>ConnectionStrings:edgesync</c>.</summary>
/// <param name="ConnectionString">For the embedded database <c>Data Source=FILE</c>.</param>
public sealed record DatabaseOptions(string ConnectionString)
{
    /// <summary>The connection string's name.</summary>
    public const string Name = "edgesync";

    /// <summary>Reads and checks the connection string.</summary>
    /// <exception cref="InvalidOperationException">It is missing or names no file; the message says what to change.</exception>
    public static DatabaseOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var text = configuration.GetConnectionString(Name);
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new InvalidOperationException($"No database is configured. Set ConnectionStrings:{Name}, e.g. to 'Data Source=edgesync.db'.");
        }

        try
        {
            return new SqliteConnectionStringBuilder(text).DataSource.Length > 0
                ? new DatabaseOptions(text)
                : throw new InvalidOperationException($"ConnectionStrings:{Name} names no file. Write 'Data Source=FILE'.");
        }
        catch (ArgumentException e)
        {
            throw new InvalidOperationException($"ConnectionStrings:{Name} cannot be read: {e.Message} Write 'Data Source=FILE'.", e);
        }
    }
}
