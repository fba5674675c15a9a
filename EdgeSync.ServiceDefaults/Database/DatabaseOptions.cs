using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;

namespace EdgeSync.ServiceDefaults;

/// <summary>Where the control plane keeps everything: <c>ConnectionStrings:edgesync</c>, or <c>Aspire:Npgsql:ConnectionString</c> for a server.</summary>
/// <param name="ConnectionString">For the embedded database <c>Data Source=FILE</c>, for a server Npgsql's keywords, beginning with <c>Host=</c>.</param>
/// <param name="IsServer">PostgreSQL or CockroachDB, not the embedded database.</param>
public sealed record DatabaseOptions(string ConnectionString, bool IsServer)
{
    /// <summary>The connection string's name.</summary>
    public const string Name = "edgesync";

    /// <summary>The setting of <see cref="HistoryRetention"/>.</summary>
    public const string HistorySetting = "Database:HistoryRetention";

    /// <summary>The setting of <see cref="FollowerReads"/>.</summary>
    public const string FollowerReadsSetting = "Database:FollowerReads";

    private static readonly TimeSpan HistoryMin = TimeSpan.FromHours(1);
    private static readonly TimeSpan HistoryMax = TimeSpan.FromDays(36_500);

    private const string Forms = "Write 'Data Source=FILE' for the embedded database, or 'Host=HOST;Database=NAME;Username=USER;Password=...' for PostgreSQL or CockroachDB.";

    /// <summary>How long finished commands and resolved conflicts are kept, one hour to 100 years; null keeps them for ever.</summary>
    public TimeSpan? HistoryRetention { get; init; }

    /// <summary>Whether status and lists may be read some seconds old from a replica nearby, on CockroachDB; <c>Database:FollowerReads</c>, true where it is not set.</summary>
    public bool FollowerReads { get; init; } = true;

    /// <summary>Reads and checks the connection string and the settings below <c>Database</c>.</summary>
    /// <exception cref="InvalidOperationException">No database is named, or a setting cannot be read; the message says what to change.</exception>
    public static DatabaseOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var text = configuration.GetConnectionString(Name) ?? configuration["Aspire:Npgsql:ConnectionString"];
        return string.IsNullOrWhiteSpace(text)
            ? throw new InvalidOperationException($"No database is configured. Set ConnectionStrings:{Name}. {Forms}")
            : Parse(text) with
            {
                HistoryRetention = ReadHistoryRetention(configuration[HistorySetting]),
                FollowerReads = ReadFollowerReads(configuration[FollowerReadsSetting]),
            };
    }

    /// <summary>Tells by its keywords which database a connection string is for.</summary>
    /// <exception cref="InvalidOperationException">It cannot be read; the message says what to change.</exception>
    public static DatabaseOptions Parse(string text)
    {
        try
        {
            return IsForServer(text)
                ? new DatabaseOptions(ServerConnectionString.Check(text), IsServer: true)
                : new SqliteConnectionStringBuilder(text).DataSource.Length > 0
                    ? new DatabaseOptions(text, IsServer: false)
                    : throw new InvalidOperationException($"ConnectionStrings:{Name} names no database. {Forms}");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The text itself may hold a password.
            throw new InvalidOperationException($"ConnectionStrings:{Name} cannot be read: {e.Message} {Forms}", e);
        }
    }

    private static bool ReadFollowerReads(string? text) => text switch
    {
        null or "" => true,
        _ when bool.TryParse(text, out var follow) => follow,
        _ => throw new InvalidOperationException($"Set {FollowerReadsSetting} to true or false; it is '{text}'."),
    };

    private static TimeSpan? ReadHistoryRetention(string? text) => text switch
    {
        null or "" => null,
        _ when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var retention) && retention >= HistoryMin && retention <= HistoryMax => retention,
        _ => throw new InvalidOperationException($"Set {HistorySetting} to 01:00:00 to 36500.00:00:00, or leave it out to keep history for ever; it is '{text}'."),
    };

    private static bool IsForServer(string text)
    {
        var keywords = new DbConnectionStringBuilder { ConnectionString = text };
        return keywords.ContainsKey("Host") || keywords.ContainsKey("Server");
    }
}
