using EdgeSync.Testing;
using Npgsql;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>A private PostgreSQL, killed, continued and stopped for real.</summary>
public sealed class PostgresServerTests : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-postgres-");
    private PostgresServer? _server;

    private string Folder => Path.Combine(_directory.FullName, "postgres");

    private string Data => Path.Combine(Folder, "data");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_committed_outlives_a_kill_on_the_same_port_and_the_rest_does_not()
    {
        var server = await StartAsync();
        var address = server.ConnectionString;
        await ExecuteAsync("CREATE TABLE readings (seq INT8 PRIMARY KEY)");
        await ExecuteAsync("INSERT INTO readings VALUES (1)");
        await using var open = await OpenAsync();
        await using var transaction = await open.BeginTransactionAsync(Cancelled);
        await using var insert = new NpgsqlCommand("INSERT INTO readings VALUES (2)", open, transaction);
        await insert.ExecuteNonQueryAsync(Cancelled);

        await server.KillAsync();
        Assert.Empty(PostgresProcesses.Of(Data));
        await Assert.ThrowsAnyAsync<NpgsqlException>(OpenAsync);
        await server.StartAgainAsync(Cancelled);

        Assert.Equal(address, server.ConnectionString);
        Assert.Equal(1L, await ScalarAsync("SELECT sum(seq)::INT8 FROM readings"));
    }

    [Fact]
    public async Task A_kept_folder_is_continued()
    {
        var first = await StartAsync();
        await ExecuteAsync("CREATE TABLE readings AS SELECT 7::INT8 AS seq");
        await first.DisposeAsync();

        await StartAsync();

        Assert.Equal(7L, await ScalarAsync("SELECT seq FROM readings"));
    }

    [Fact]
    public async Task A_server_that_was_left_running_is_stopped_and_its_folder_taken_over()
    {
        var left = await StartAsync();
        await ExecuteAsync("CREATE TABLE readings AS SELECT 7::INT8 AS seq");
        var before = PostgresProcesses.Of(Data);

        await StartAsync();

        Assert.Empty(PostgresProcesses.Of(Data).Intersect(before));
        Assert.Equal(7L, await ScalarAsync("SELECT seq FROM readings"));
        await left.DisposeAsync();
        Assert.Equal(_server!.ConnectionString, PostgresFolder.RunningIn(Folder));
        Assert.Equal(7L, await ScalarAsync("SELECT seq FROM readings"));
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_clients_and_leaves_no_process()
    {
        var server = await StartAsync();
        await using var client = await OpenAsync();
        Assert.True(PostgresProcesses.Of(Data).Count > 1);

        await server.DisposeAsync();

        Assert.Empty(PostgresProcesses.Of(Data));
        Assert.Null(PostgresFolder.RunningIn(Folder));
    }

    [Fact]
    public async Task It_is_durable_on_this_machine_alone_and_needs_its_password()
    {
        var server = await StartAsync();
        await using var guess = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess", Pooling = false }.ConnectionString);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => guess.OpenAsync(Cancelled));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(Path.Combine(Folder, "password")).UnixFileMode);
        Assert.Equal("127.0.0.1", await ScalarAsync("SHOW listen_addresses"));
        Assert.Equal("", await ScalarAsync("SHOW unix_socket_directories"));
        Assert.Equal("on", await ScalarAsync("SHOW fsync"));
        Assert.Equal("on", await ScalarAsync("SHOW synchronous_commit"));
        Assert.Equal("UTF8", await ScalarAsync("SHOW server_encoding"));
        Assert.Equal("C", await ScalarAsync("SELECT datcollate FROM pg_database WHERE datname = current_database()"));
    }

    [Fact]
    public async Task A_folder_that_holds_no_cluster_is_said_with_the_end_of_the_log()
    {
        await (await StartAsync()).DisposeAsync();
        File.Delete(Path.Combine(Data, "PG_VERSION"));

        var failed = await Assert.ThrowsAsync<UsageException>(StartAsync);

        Assert.Contains("not a valid data directory", failed.Message, StringComparison.Ordinal);
        Assert.Contains("server.log", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_its_user_cannot_enter_is_said()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root starts it as another user.");

        TestServer.RequirePostgres();
        var below = Directory.CreateDirectory(Path.Combine(_directory.FullName, "below")).FullName;

        var failed = await Assert.ThrowsAsync<UsageException>(() => PostgresServer.StartAsync(Path.Combine(below, "postgres"), TimeProvider.System, ct: Cancelled));

        Assert.Contains("who cannot enter", failed.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    private async Task<PostgresServer> StartAsync()
    {
        TestServer.RequirePostgres();
        _server = await PostgresServer.StartAsync(Folder, TimeProvider.System, ct: Cancelled);
        return _server;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server!.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancelled);
        return connection;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancelled);
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancelled);
    }
}
