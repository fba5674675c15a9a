using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EdgeSync.Edge;

/// <summary>Called before and after each statement on a device's file; what it throws stops the program at that very place.</summary>
/// <param name="sql">The statement.</param>
/// <param name="isAfter">Whether it has run.</param>
internal delegate void StatementBoundary(string sql, bool isAfter);

/// <summary>
/// One statement that is prepared when it is first used, kept and used again; its parameters are ?1, ?2, ... in order. On SQLite's own interface, on Microsoft.Data.Sqlite's connection: its commands cost
/// several times what SQLite does for a row, and a device keeps dozens of them (docs/performance.md).
/// </summary>
/// <param name="connection">Where it runs.</param>
/// <param name="sql">One statement.</param>
/// <param name="boundary">Called before and after it runs; null outside tests.</param>
internal sealed class Statement(SqliteConnection connection, string sql, StatementBoundary? boundary = null) : IDisposable
{
    private sqlite3_stmt? _prepared;

    /// <summary>Whether somebody has asked for it since its owner looked.</summary>
    public bool IsWanted { get; set; }

    /// <summary>Whether its rows are being read.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Runs it to its end.</summary>
    /// <returns>Rows that an INSERT, UPDATE or DELETE changed.</returns>
    /// <exception cref="SqliteException">It failed.</exception>
    public int Execute(params ReadOnlySpan<object?> values)
    {
        var hasRow = Begin(values);
        try
        {
            while (hasRow)
            {
                hasRow = Step();
            }

            var changed = raw.sqlite3_changes(connection.Handle!);
            boundary?.Invoke(sql, isAfter: true);
            return changed;
        }
        finally
        {
            End();
        }
    }

    /// <summary>Its rows; dispose them before it is used again.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public Rows Read(params ReadOnlySpan<object?> values)
    {
        var rows = new Rows(this, Begin(values));
        boundary?.Invoke(sql, isAfter: true);
        return rows;
    }

    /// <summary>The first column of the first row as a number; null for no row and for NULL.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public long? Number(params ReadOnlySpan<object?> values)
    {
        var hasRow = Begin(values);
        try
        {
            long? number = hasRow && raw.sqlite3_column_type(_prepared!, 0) == raw.SQLITE_INTEGER ? raw.sqlite3_column_int64(_prepared!, 0) : null;
            boundary?.Invoke(sql, isAfter: true);
            return number;
        }
        finally
        {
            End();
        }
    }

    public void Dispose()
    {
        _prepared?.Dispose();
        _prepared = null;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    internal bool Step()
    {
        var result = raw.sqlite3_step(_prepared!);
        if (result is not raw.SQLITE_ROW and not raw.SQLITE_DONE)
        {
            SqliteException.ThrowExceptionForRC(result, connection.Handle);
        }

        return result == raw.SQLITE_ROW;
    }

    /// <summary>Ends a run: locks are given up, and it can run again.</summary>
    internal void End()
    {
        // Its result repeats the error that Step has thrown.
        raw.sqlite3_reset(_prepared!);
        raw.sqlite3_clear_bindings(_prepared!);
        IsOpen = false;
    }

    private bool Begin(ReadOnlySpan<object?> values)
    {
        if (IsOpen)
        {
            throw new InvalidOperationException($"The rows of this statement are still read: {sql}");
        }

        boundary?.Invoke(sql, isAfter: false);
        _prepared ??= Prepare();
        IsOpen = true;
        try
        {
            Bind(values);
            return Step();
        }
        catch
        {
            End();
            throw;
        }
    }

    private sqlite3_stmt Prepare()
    {
        Check(raw.sqlite3_prepare_v3(connection.Handle!, sql, raw.SQLITE_PREPARE_PERSISTENT, out var prepared, out var rest));
        return string.IsNullOrWhiteSpace(rest) ? prepared : throw new InvalidOperationException($"This is more than one statement: {sql}");
    }

    private void Bind(ReadOnlySpan<object?> values)
    {
        var parameters = raw.sqlite3_bind_parameter_count(_prepared!);
        if (values.Length < parameters)
        {
            throw new InvalidOperationException($"This statement takes {parameters} values and was given {values.Length}: {sql}");
        }

        for (var i = 0; i < parameters; i++)
        {
            Check(Bind(i + 1, values[i]));
        }
    }

    private int Bind(int parameter, object? value) => value switch
    {
        null or DBNull => raw.sqlite3_bind_null(_prepared!, parameter),
        long number => raw.sqlite3_bind_int64(_prepared!, parameter, number),
        int number => raw.sqlite3_bind_int64(_prepared!, parameter, number),
        bool flag => raw.sqlite3_bind_int64(_prepared!, parameter, flag ? 1 : 0),
        double number => raw.sqlite3_bind_double(_prepared!, parameter, number),
        string text => raw.sqlite3_bind_text(_prepared!, parameter, text),
        byte[] bytes => raw.sqlite3_bind_blob(_prepared!, parameter, bytes),
        _ => throw new ArgumentException($"A statement takes no {value.GetType().Name}.", nameof(value)),
    };

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, connection.Handle);

    /// <summary>The rows of one run. Columns are counted from 0; NULL where a value must be is damage (<see cref="StorageRules.IsUnintelligible"/>).</summary>
    internal sealed class Rows(Statement statement, bool hasFirst) : IDisposable
    {
        private bool _isFirst = true;
        private bool _hasRow = hasFirst;
        private bool _isDisposed;

        private sqlite3_stmt Row => _hasRow ? statement._prepared! : throw new InvalidOperationException("There is no row.");

        /// <summary>Goes to the first row, then to the next one.</summary>
        public bool Read()
        {
            _hasRow = _isFirst ? _hasRow : _hasRow && statement.Step();
            _isFirst = false;
            return _hasRow;
        }

        public bool IsDBNull(int column) => raw.sqlite3_column_type(Row, column) == raw.SQLITE_NULL;

        public long GetInt64(int column) => IsDBNull(column) ? throw Missing(column) : raw.sqlite3_column_int64(Row, column);

        public int GetInt32(int column) => GetInt64(column) is >= int.MinValue and <= int.MaxValue and var number ? (int)number : throw new FormatException($"Column {column} is no 32-bit number.");

        public bool GetBoolean(int column) => GetInt64(column) != 0;

        public double GetDouble(int column) => IsDBNull(column) ? throw Missing(column) : raw.sqlite3_column_double(Row, column);

        public string GetString(int column) => IsDBNull(column) ? throw Missing(column) : raw.sqlite3_column_text(Row, column).utf8_to_string();

        /// <summary>The bytes until the next row; empty for NULL.</summary>
        public ReadOnlySpan<byte> GetBytes(int column) => raw.sqlite3_column_blob(Row, column);

        /// <summary>Whatever the first columns hold; <see cref="DBNull"/> for NULL.</summary>
        public void GetValues(object[] values)
        {
            for (var column = 0; column < values.Length; column++)
            {
                values[column] = GetValue(column);
            }
        }

        private object GetValue(int column) => raw.sqlite3_column_type(Row, column) switch
        {
            raw.SQLITE_INTEGER => raw.sqlite3_column_int64(Row, column),
            raw.SQLITE_FLOAT => raw.sqlite3_column_double(Row, column),
            raw.SQLITE_TEXT => raw.sqlite3_column_text(Row, column).utf8_to_string(),
            raw.SQLITE_BLOB => raw.sqlite3_column_blob(Row, column).ToArray(),
            _ => DBNull.Value,
        };

        public void Dispose()
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                statement.End();
            }
        }

        private static InvalidCastException Missing(int column) => new($"Column {column} is NULL.");
    }
}
