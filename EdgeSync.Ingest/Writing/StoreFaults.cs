using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Ingest;

/// <summary>Which errors say that the database cannot be used now, whatever is asked of it: the answer is "again later", and no write is to blame.</summary>
internal static class StoreFaults
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Full = 13;
    private const int CannotOpen = 14;

    public static bool IsUnavailable(DbException error) =>
        error is SqliteException { SqliteErrorCode: Busy or Locked or ReadOnly or InputOutput or Full or CannotOpen };
}
