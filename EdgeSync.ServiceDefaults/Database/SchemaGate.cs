using System.Data.Common;

namespace EdgeSync.ServiceDefaults;

/// <summary>Closed while the service waits for its database to get the schema: nobody but the migrations is let through to it then.</summary>
internal sealed class SchemaGate
{
    private volatile bool _isClosed;
    private volatile IReadOnlyList<string> _newer = [];

    public bool IsClosed => _isClosed;

    /// <summary>Migrations of a later program that the database has; this one works with them, and should be replaced by that one.</summary>
    public IReadOnlyList<string> Newer
    {
        get => _newer;
        set => _newer = value;
    }

    public void Close() => _isClosed = true;

    public void Open() => _isClosed = false;

    /// <summary>Throws while it is closed.</summary>
    /// <exception cref="DatabaseAwayException">It is.</exception>
    public void Check()
    {
        if (_isClosed)
        {
            throw new DatabaseAwayException("The service waits for its database, which could not be reached since it started.", null);
        }
    }
}

/// <summary>The database was not asked: it is known to be away.</summary>
public sealed class DatabaseAwayException(string message, Exception? inner) : DbException(message, inner);
