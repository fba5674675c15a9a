using System.Data;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EdgeSync.ServiceDefaults;

/// <summary>PostgreSQL or CockroachDB; which one, the server says when it is first spoken to. Every transaction names its isolation level, because their defaults differ.</summary>
internal sealed partial class ServerDatabase(NpgsqlDataSource source, DatabaseOptions options, DatabaseRetries retries, ILogger<ServerDatabase> log) : ControlPlaneDatabase(retries)
{
    // A parameter that only CockroachDB reports at the start of a connection.
    private const string CockroachParameter = "crdb_version";

    private const string FollowerReadSql = "SET TRANSACTION AS OF SYSTEM TIME follower_read_timestamp()";

    private DatabaseKind? _kind;

    public override DatabaseKind Kind => _kind ?? throw new InvalidOperationException("The database server was not spoken to yet.");

    public override async Task<DbConnection> OpenAsync(CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        if (_kind is null)
        {
            _kind = connection.PostgresParameters.TryGetValue(CockroachParameter, out var version) ? DatabaseKind.CockroachDb : DatabaseKind.PostgreSql;
            LogServer(_kind.Value, version ?? connection.ServerVersion, connection.Host ?? "", source is NpgsqlMultiHostDataSource);
            foreach (var host in ServerConnectionString.UnprovenHosts(source.ConnectionString))
            {
                LogUnproven(host);
            }
        }

        return connection;
    }

    public override async Task<T> ReadStaleAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken ct)
    {
        if (_kind is not DatabaseKind.CockroachDb || !options.FollowerReads)
        {
            return await ReadAsync(work, ct);
        }

        try
        {
            return await RetryAsync(ct => ReadOnceAsync(BeginFollowerReadAsync, work, ct), ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidCatalogName)
        {
            // Some seconds ago the schema was not there yet.
            return await ReadAsync(work, ct);
        }
    }

    private protected override async ValueTask<DbTransaction> BeginWriteAsync(DbConnection connection, IsolationLevel isolation, CancellationToken ct) =>
        await connection.BeginTransactionAsync(isolation, ct);

    // One snapshot for all statements. CockroachDB has it as SERIALIZABLE, where reading alone waits for nobody either.
    private protected override async ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken ct) =>
        await connection.BeginTransactionAsync(Kind is DatabaseKind.CockroachDb ? IsolationLevel.Serializable : IsolationLevel.RepeatableRead, ct);

    private static async ValueTask<DbTransaction> BeginFollowerReadAsync(DbConnection connection, CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.Serializable, ct);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = FollowerReadSql;
        await command.ExecuteNonQueryAsync(ct);
        return transaction;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The database is {Kind} {Version} at {Host} (one of several hosts: {IsCluster})")]
    private partial void LogServer(DatabaseKind kind, string version, string host, bool isCluster);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database at {Host} does not have to prove who it is: set 'SSL Mode=VerifyFull;Root Certificate=FILE' in the connection string")]
    private partial void LogUnproven(string host);
}
