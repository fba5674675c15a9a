using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Ingest;

/// <summary>A prepared SQLite command whose parameters are set by place, so that a hot insert is prepared once a transaction.</summary>
internal sealed class Statement : IDisposable
{
    private readonly SqliteCommand _command;

    /// <param name="transaction">Where it runs.</param>
    /// <param name="sql">With parameters <c>$1</c> to <c>$n</c>.</param>
    /// <param name="parameters">How many it has.</param>
    public Statement(SqliteTransaction transaction, string sql, int parameters)
    {
        _command = transaction.Connection!.CreateCommand();
        _command.Transaction = transaction;
        _command.CommandText = sql;
        for (var place = 1; place <= parameters; place++)
        {
            _command.Parameters.Add(new SqliteParameter { ParameterName = $"${place}" });
        }
    }

    public void Execute(params ReadOnlySpan<object?> values)
    {
        Set(values);
        _command.ExecuteNonQuery();
    }

    public SqliteDataReader Read(params ReadOnlySpan<object?> values)
    {
        Set(values);
        return _command.ExecuteReader();
    }

    public void Dispose() => _command.Dispose();

    private void Set(ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            _command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
    }
}

/// <summary>Columns that may be null.</summary>
internal static class ReaderExtensions
{
    public static long? GetNullableInt64(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public static double? GetNullableDouble(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);

    public static string? GetNullableString(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static Digest GetDigest(this SqliteDataReader reader, int column) => new(reader.GetFieldValue<byte[]>(column));
}
