using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>A prepared statement that is kept and used again; its parameters are ?1, ?2, ... in order.</summary>
internal sealed class Statement(SqliteCommand command) : IDisposable
{
    public int Execute(params ReadOnlySpan<object?> values) => Bind(values).ExecuteNonQuery();

    public SqliteDataReader Read(params ReadOnlySpan<object?> values) => Bind(values).ExecuteReader();

    /// <summary>The first column of the first row as a number; null for no row and for NULL.</summary>
    public long? Number(params ReadOnlySpan<object?> values) => Bind(values).ExecuteScalar() as long?;

    public void Dispose() => command.Dispose();

    private SqliteCommand Bind(ReadOnlySpan<object?> values)
    {
        for (var i = command.Parameters.Count; i < values.Length; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = FormattableString.Invariant($"?{i + 1}") });
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }
}
