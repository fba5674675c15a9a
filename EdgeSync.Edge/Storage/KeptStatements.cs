using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>The statements of a connection that are kept prepared: those in use. The database's lock guards it.</summary>
internal sealed class KeptStatements(StatementBoundary? boundary)
{
    // What a device does all day takes about thirty; each costs 2 to 8 KB.
    private const int StatementsMax = 40;

    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    /// <summary>The statement of this text on the connection that is open.</summary>
    public Statement Get(SqliteConnection connection, string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            if (_statements.Count >= StatementsMax)
            {
                GiveUpUnused();
            }

            _statements.Add(sql, statement = new Statement(connection, sql, boundary));
        }

        statement.IsWanted = true;
        return statement;
    }

    /// <summary>Lets all of them go, before their connection closes.</summary>
    public void Clear()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
    }

    // Those that nobody has asked for since the last time; who still holds one can use it all the same.
    private void GiveUpUnused()
    {
        foreach (var (sql, statement) in _statements.ToList())
        {
            if (!statement.IsWanted && !statement.IsOpen)
            {
                _statements.Remove(sql);
                statement.Dispose();
            }

            statement.IsWanted = false;
        }
    }
}
