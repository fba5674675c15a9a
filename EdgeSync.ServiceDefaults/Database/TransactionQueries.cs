using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace EdgeSync.ServiceDefaults;

/// <summary>Dapper on a transaction, so that no statement runs outside of it by mistake.</summary>
public static class TransactionQueries
{
    /// <summary>
    /// Whether the database is in this process, where a statement for each row costs nothing more. A server is a network away and takes many rows in one statement, as arrays.
    /// </summary>
    public static bool IsEmbedded(this DbTransaction transaction) => transaction is SqliteTransaction;

    /// <summary>Runs a statement, once for each element where the parameters are a sequence; the number of rows it changed.</summary>
    public static Task<int> ExecuteAsync(this DbTransaction transaction, string sql, object? parameters = null) =>
        transaction.Connection!.ExecuteAsync(sql, parameters, transaction);

    /// <summary>All rows.</summary>
    public static async Task<List<T>> QueryAsync<T>(this DbTransaction transaction, string sql, object? parameters = null) =>
        (await transaction.Connection!.QueryAsync<T>(sql, parameters, transaction)).AsList();

    /// <summary>Runs several statements in one round trip and reads the results of those that have one, in order.</summary>
    public static async Task QueryResultsAsync(this DbTransaction transaction, string sql, object? parameters, Func<SqlMapper.GridReader, Task> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        await using var results = await transaction.Connection!.QueryMultipleAsync(sql, parameters, transaction);
        await read(results);
    }

    /// <summary>The one row there is, or null.</summary>
    public static Task<T?> FindAsync<T>(this DbTransaction transaction, string sql, object? parameters = null) =>
        transaction.Connection!.QuerySingleOrDefaultAsync<T>(sql, parameters, transaction);

    /// <summary>The first column of the first row.</summary>
    public static Task<T> ScalarAsync<T>(this DbTransaction transaction, string sql, object? parameters = null)
        where T : struct =>
        transaction.Connection!.ExecuteScalarAsync<T>(sql, parameters, transaction);
}
