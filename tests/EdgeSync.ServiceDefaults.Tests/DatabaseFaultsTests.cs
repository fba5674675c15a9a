using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EdgeSync.ServiceDefaults.Tests;

public sealed class DatabaseFaultsTests
{
    [Theory]
    [InlineData("40001", "could not serialize access due to concurrent update", DatabaseFault.Conflict)]
    [InlineData("40001", "restart transaction: TransactionRetryWithProtoRefreshError: WriteTooOldError", DatabaseFault.Conflict)]
    [InlineData("40P01", "deadlock detected", DatabaseFault.Conflict)]
    [InlineData("55P03", "could not obtain lock on row", DatabaseFault.Conflict)]
    [InlineData("0A000", "cached plan must not change result type", DatabaseFault.Conflict)]
    [InlineData("0A000", "unimplemented: this syntax", DatabaseFault.Permanent)]
    [InlineData("40003", "result is ambiguous: error=unable to determine", DatabaseFault.Ambiguous)]
    [InlineData("08007", "transaction resolution unknown", DatabaseFault.Ambiguous)]
    [InlineData("08006", "connection failure", DatabaseFault.Unavailable)]
    [InlineData("53300", "too many clients already", DatabaseFault.Unavailable)]
    [InlineData("53100", "could not extend file: No space left on device", DatabaseFault.Unavailable)]
    [InlineData("57P01", "terminating connection due to administrator command", DatabaseFault.Unavailable)]
    [InlineData("57P02", "terminating connection because of crash of another server process", DatabaseFault.Unavailable)]
    [InlineData("57P03", "the database system is starting up", DatabaseFault.Unavailable)]
    [InlineData("58C00", "replica unavailable", DatabaseFault.Unavailable)]
    [InlineData("25006", "cannot execute INSERT in a read-only transaction", DatabaseFault.Unavailable)]
    [InlineData("57014", "canceling statement due to statement timeout", DatabaseFault.Permanent)]
    [InlineData("23505", "duplicate key value violates unique constraint", DatabaseFault.Permanent)]
    [InlineData("22021", "invalid byte sequence for encoding \"UTF8\": 0x00", DatabaseFault.Permanent)]
    [InlineData("42P01", "relation does not exist", DatabaseFault.Permanent)]
    [InlineData("28P01", "password authentication failed", DatabaseFault.Permanent)]
    [InlineData("XXC02", "use of this feature requires an enterprise license", DatabaseFault.Permanent)]
    public void A_servers_error_is_sorted_by_its_code(string state, string message, DatabaseFault expected) =>
        Assert.Equal(expected, DatabaseFaults.Of(new PostgresException(message, "ERROR", "ERROR", state)));

    [Fact]
    public void A_connection_that_broke_is_unavailable() =>
        Assert.All(
            new Exception[] { new IOException("broken"), new SocketException(104), new TimeoutException() },
            cause => Assert.Equal(DatabaseFault.Unavailable, DatabaseFaults.Of(new NpgsqlException("Exception while reading from stream", cause))));

    [Fact]
    public void A_commit_without_an_answer_is_ambiguous() =>
        Assert.Equal(DatabaseFault.Ambiguous, DatabaseFaults.Of(new UnknownCommitException(new NpgsqlException("Exception while reading from stream", new IOException()))));

    [Theory]
    [InlineData(5, DatabaseFault.Unavailable)]
    [InlineData(6, DatabaseFault.Unavailable)]
    [InlineData(8, DatabaseFault.Unavailable)]
    [InlineData(10, DatabaseFault.Unavailable)]
    [InlineData(13, DatabaseFault.Unavailable)]
    [InlineData(14, DatabaseFault.Unavailable)]
    [InlineData(1, DatabaseFault.Permanent)]
    [InlineData(11, DatabaseFault.Permanent)]
    [InlineData(19, DatabaseFault.Permanent)]
    public void A_files_error_is_sorted_by_its_code(int code, DatabaseFault expected) =>
        Assert.Equal(expected, DatabaseFaults.Of(new SqliteException("SQLite Error", code)));

    [Fact]
    public void What_is_no_databases_error_is_not_answered_with_again_later()
    {
        Assert.False(DatabaseFaults.IsUnavailable(new TimeoutException()));
        Assert.False(DatabaseFaults.IsUnavailable(new PostgresException("syntax error", "ERROR", "ERROR", "42601")));
        Assert.True(DatabaseFaults.IsUnavailable(new PostgresException("conflict", "ERROR", "ERROR", "40001")));
    }
}
