using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Ingest;

/// <summary>A prepared command whose parameters are set by place, so that a hot insert is prepared once a transaction.</summary>
internal sealed class Statement : IDisposable, IAsyncDisposable
{
    private readonly DbCommand _command;

    /// <param name="transaction">Where it runs.</param>
    /// <param name="sql">With parameters <c>$1</c> to <c>$n</c>.</param>
    /// <param name="parameters">How many it has.</param>
    public Statement(DbTransaction transaction, string sql, int parameters)
    {
        _command = transaction.Connection!.CreateCommand();
        _command.Transaction = transaction;
        _command.CommandText = sql;
        for (var place = 1; place <= parameters; place++)
        {
            var parameter = _command.CreateParameter();
            if (parameter is SqliteParameter named)
            {
                named.ParameterName = $"${place}";
            }

            _command.Parameters.Add(parameter);
        }
    }

    /// <summary>How many rows it wrote.</summary>
    public int Execute(params ReadOnlySpan<object?> values)
    {
        Set(values);
        return _command.ExecuteNonQuery();
    }

    public DbDataReader Read(params ReadOnlySpan<object?> values)
    {
        Set(values);
        return _command.ExecuteReader();
    }

    /// <summary>One reader at a time: a server's connection has no second one.</summary>
    public Task<DbDataReader> ReadAsync(CancellationToken ct, params ReadOnlySpan<object?> values)
    {
        Set(values);
        return _command.ExecuteReaderAsync(ct);
    }

    public void Dispose() => _command.Dispose();

    public ValueTask DisposeAsync() => _command.DisposeAsync();

    private void Set(ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = _command.Parameters[i];
            parameter.Value = values[i] switch
            {
                null => DBNull.Value,
                DeviceId device => DatabaseTypes.ToValue(parameter, device.Value),
                var value => value,
            };
        }
    }
}

/// <summary>Columns that may be null.</summary>
internal static class ReaderExtensions
{
    public static long? GetNullableInt64(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public static double? GetNullableDouble(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);

    public static string? GetNullableString(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static Digest? GetNullableDigest(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDigest(column);

    public static Digest GetDigest(this DbDataReader reader, int column) => new(reader.GetFieldValue<byte[]>(column));
}
