using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>Copies a table of a damaged file as far as it can be read: from both ends to where it cannot, so that one damaged page costs what is in it.</summary>
internal sealed class SalvageTableStore(SqliteConnection damaged, SqliteConnection fresh)
{
    private readonly List<string> _unreadable = [];

    /// <summary>Tables that could not be read to their end.</summary>
    public IReadOnlyList<string> Unreadable => _unreadable;

    /// <summary>The tables of the present schema.</summary>
    public IReadOnlyList<string> Tables() => Names(fresh, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");

    /// <summary>Copies the rows that are whole.</summary>
    /// <returns>How many.</returns>
    public int Copy(string table)
    {
        var copied = 0;
        try
        {
            var keys = Names(fresh, "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk", table);
            // A file of an older program has fewer columns; the others begin with their defaults.
            var known = Names(damaged, "SELECT name FROM pragma_table_info(?1)", table);
            List<string> columns = [.. Names(fresh, "SELECT name FROM pragma_table_info(?1) ORDER BY cid", table).Where(known.Contains)];
            if (columns.Count == 0 || !CopyRows(table, columns, keys, ref copied))
            {
                _unreadable.Add(table);
                _ = columns.Count > 0 && CopyRows(table, columns, [.. keys.Select(key => key + " DESC")], ref copied);
            }
        }
        catch (SqliteException e) when (StorageRules.IsDamage(e))
        {
            _unreadable.Add(table);
        }

        return copied;
    }

    private bool CopyRows(string table, List<string> columns, IReadOnlyList<string> order, ref int copied)
    {
        var names = string.Join(", ", columns);
        using var select = new Statement(damaged, $"SELECT {names} FROM {table} ORDER BY {string.Join(", ", order)}");
        using var insert = new Statement(fresh, $"INSERT OR IGNORE INTO {table} ({names}) VALUES ({string.Join(", ", columns.Select((_, i) => FormattableString.Invariant($"?{i + 1}")))})");
        var values = new object[columns.Count];
        try
        {
            using var reader = select.Read();
            while (reader.Read())
            {
                reader.GetValues(values);
                copied += SalvageRules.IsWhole(table, columns.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second)) ? Insert(insert, values) : 0;
            }

            return true;
        }
        catch (SqliteException e) when (StorageRules.IsDamage(e))
        {
            return false;
        }
    }

    // A value that its column does not take is damage too.
    private static int Insert(Statement insert, object[] values)
    {
        try
        {
            return insert.Execute(values);
        }
        catch (SqliteException e) when (StorageRules.IsOfOneRow(e))
        {
            return 0;
        }
    }

    private static List<string> Names(SqliteConnection connection, string sql, params object[] values)
    {
        using var statement = new Statement(connection, sql);
        using var reader = statement.Read(values);
        var names = new List<string>();
        while (reader.Read())
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }
}
