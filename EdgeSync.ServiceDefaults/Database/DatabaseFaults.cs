using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EdgeSync.ServiceDefaults;

/// <summary>What an error of the database asks for.</summary>
public enum DatabaseFault
{
    /// <summary>The statement or its data is to blame: the same again fails again.</summary>
    Permanent,

    /// <summary>Another transaction was in the way, and nothing was written: run the whole again.</summary>
    Conflict,

    /// <summary>Nobody knows whether the transaction was committed: run it again, which is safe because every write here is idempotent.</summary>
    Ambiguous,

    /// <summary>The database cannot be used now, and nothing was written: run the whole again, on another connection.</summary>
    Unavailable,
}

/// <summary>The one table of what an error of the database asks for. Pure. Sources: PostgreSQL's and CockroachDB's error codes, docs/databases.md.</summary>
public static class DatabaseFaults
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Full = 13;
    private const int CannotOpen = 14;

    /// <summary>Sorts an error; anything that is no database's error is <see cref="DatabaseFault.Permanent"/>.</summary>
    public static DatabaseFault Of(Exception error) => error switch
    {
        UnknownCommitException => DatabaseFault.Ambiguous,
        DatabaseAwayException => DatabaseFault.Unavailable,
        PostgresException server => OfSqlState(server.SqlState, server.MessageText),
        // The connection broke or its pool ran dry: whatever was sent outside of a commit is rolled back.
        NpgsqlException { InnerException: IOException or SocketException or TimeoutException } => DatabaseFault.Unavailable,
        NpgsqlException { IsTransient: true } => DatabaseFault.Unavailable,
        SqliteException { SqliteErrorCode: Busy or Locked or ReadOnly or InputOutput or Full or CannotOpen } => DatabaseFault.Unavailable,
        _ => DatabaseFault.Permanent,
    };

    /// <summary>Whether the answer to a request is "again later": nobody's request is to blame.</summary>
    public static bool IsUnavailable(Exception error) => error is DbException && Of(error) is not DatabaseFault.Permanent;

    internal static DatabaseFault OfSqlState(string state, string message) => state switch
    {
        // Serialization failure, deadlock, lock not available.
        "40001" or "40P01" or "55P03" => DatabaseFault.Conflict,
        // Prepared before a migration changed the table; the statement is prepared anew.
        "0A000" when message.Contains("cached plan", StringComparison.Ordinal) => DatabaseFault.Conflict,
        // Statement completion unknown, transaction resolution unknown.
        "40003" or "08007" => DatabaseFault.Ambiguous,
        // Connection exceptions; out of resources; shutdown, crash, starting up; I/O errors; CockroachDB's range unavailable and internal connection failure.
        _ when state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal) => DatabaseFault.Unavailable,
        "57P01" or "57P02" or "57P03" or "57P05" or "58000" or "58030" or "58C00" or "58C01" => DatabaseFault.Unavailable,
        // Read-only: a standby, or a server that is being switched over.
        "25006" => DatabaseFault.Unavailable,
        _ => DatabaseFault.Permanent,
    };
}

/// <summary>A commit was sent and its answer never came.</summary>
public sealed class UnknownCommitException(Exception inner)
    : DbException("The commit was sent, but nobody knows whether it was made.", inner);
