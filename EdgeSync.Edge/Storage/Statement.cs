using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>Called before and after each statement on a device's file; what it throws stops the program at that very place.</summary>
/// <param name="sql">The statement.</param>
/// <param name="isAfter">Whether it has run.</param>
internal delegate void StatementBoundary(string sql, bool isAfter);

/// <summary>A prepared statement that is kept and used again; its parameters are ?1, ?2, ... in order.</summary>
/// <param name="command">What it runs.</param>
/// <param name="boundary">Called before and after it runs; null outside tests.</param>
internal sealed class Statement(SqliteCommand command, StatementBoundary? boundary) : IDisposable
{
    public int Execute(params ReadOnlySpan<object?> values)
    {
        boundary?.Invoke(command.CommandText, isAfter: false);
        var changed = Bind(values).ExecuteNonQuery();
        boundary?.Invoke(command.CommandText, isAfter: true);
        return changed;
    }

    public SqliteDataReader Read(params ReadOnlySpan<object?> values)
    {
        boundary?.Invoke(command.CommandText, isAfter: false);
        var reader = Bind(values).ExecuteReader();
        boundary?.Invoke(command.CommandText, isAfter: true);
        return reader;
    }

    /// <summary>The first column of the first row as a number; null for no row and for NULL.</summary>
    public long? Number(params ReadOnlySpan<object?> values)
    {
        boundary?.Invoke(command.CommandText, isAfter: false);
        var number = Bind(values).ExecuteScalar() as long?;
        boundary?.Invoke(command.CommandText, isAfter: true);
        return number;
    }

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
