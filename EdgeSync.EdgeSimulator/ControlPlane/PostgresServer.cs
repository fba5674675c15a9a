using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// A PostgreSQL of one's own, from the binaries on this machine: on 127.0.0.1 alone, on a free port, with a password of its own, in a folder that a later start continues.
/// It ends with this process, however that ends. Commits are as durable as PostgreSQL makes them (fsync and synchronous_commit are on), unless a test that keeps nothing says otherwise.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    internal const string Host = "127.0.0.1";

    private const int ConnectionsMax = 200;
    private const int LogLines = 5;
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    // Waits for the server, so that it never stays a zombie whose id PostgreSQL would take for a running server's, and ends it when the pipe from this process closes.
    private const string Guard = """
        exec 3<&0 </dev/null >>"$1" 2>&1
        shift
        "$@" 3<&- &
        server=$!
        { read -r line <&3; kill -s INT $server; } &
        watch=$!
        exec 3<&-
        wait $server
        code=$?
        kill $watch 2>/dev/null
        exit $code
        """;

    private readonly string _binaries;
    private readonly UnprivilegedUser? _user;
    private readonly PostgresFolder _folder;
    private readonly TimeProvider _time;
    private readonly bool _isDurable;
    private readonly int _port = FreePorts.Take(1)[0];
    private Process? _guard;

    private PostgresServer(string binaries, UnprivilegedUser? user, PostgresFolder folder, TimeProvider time, bool isDurable)
    {
        _isDurable = isDurable;
        _binaries = binaries;
        _user = user;
        _folder = folder;
        _time = time;
    }

    /// <summary>Whether this machine has the binaries.</summary>
    public static bool IsInstalled => PostgresBinaries.TryFind() is not null;

    /// <summary>For Npgsql, to the database <c>edgesync</c>, as its owner. It stays the same when the server is killed and started again.</summary>
    public string ConnectionString => _folder.ConnectionString(_port);

    /// <summary>Starts a server in a folder: a new one, or the one that is kept there. A server that was left running there is stopped first.</summary>
    /// <param name="folder">Its own folder, made when it is not there: data, password (mode 0600) and log.</param>
    /// <param name="time">What waits are measured by.</param>
    /// <param name="isDurable">Whether a commit survives a power cut; without, everything is faster.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>The server, ready for connections.</returns>
    /// <exception cref="UsageException">No PostgreSQL is installed, the folder cannot be used, or the server does not start; the message says what to do.</exception>
    public static async Task<PostgresServer> StartAsync(string folder, TimeProvider time, bool isDurable = true, CancellationToken ct = default)
    {
        var binaries = PostgresBinaries.Find();
        var user = UnprivilegedUser.ForRoot();
        var kept = await PostgresFolder.OpenOrCreateAsync(folder, binaries, user, ct);
        await PostgresProcesses.StopAsync(kept.Data, StopPatience, time);
        var server = new PostgresServer(binaries, user, kept, time, isDurable);
        try
        {
            await server.StartAgainAsync(ct);
            await server.CreateDatabaseAsync(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it after <see cref="KillAsync"/>, on the same port; returns when a connection succeeds.</summary>
    /// <exception cref="UsageException">It does not start; the last lines of its log are in the message.</exception>
    public async Task StartAgainAsync(CancellationToken ct = default)
    {
        if (_guard is { HasExited: false })
        {
            return;
        }

        _guard?.Dispose();
        _guard = Start();
        var error = _guard.StandardError.ReadToEndAsync(CancellationToken.None);
        var began = _time.GetTimestamp();
        while (!await IsReadyAsync(ct))
        {
            if (_guard.HasExited)
            {
                throw new UsageException($"PostgreSQL did not start in {_folder.Root}: {await error}{_folder.LastLogLines(LogLines)}");
            }

            if (_time.GetElapsedTime(began) > ReadyWithin)
            {
                throw new UsageException($"PostgreSQL in {_folder.Root} took no connection within {ReadyWithin.TotalSeconds:F0} s: {_folder.LastLogLines(LogLines)}");
            }

            await Task.Delay(Poll, _time, ct);
        }
    }

    /// <summary>SIGKILL to the server and all its processes at once: what it had not yet made durable is gone, as when the power fails.</summary>
    public async Task KillAsync()
    {
        await PostgresProcesses.KillAsync(_folder.Data, _time);
        if (_guard is not null)
        {
            await _guard.WaitForExitAsync();
        }
    }

    /// <summary>Stops it without waiting for its clients; kills it when it takes too long.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_guard is null)
        {
            return;
        }

        _guard.StandardInput.Close();
        using var patience = new CancellationTokenSource(StopPatience, _time);
        try
        {
            await _guard.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }

        _guard.Dispose();
        _guard = null;
    }

    private Process Start()
    {
        // A session of its own: Ctrl+C on the simulator's terminal is not for the server.
        IEnumerable<string> session = Programs.TryFind("setsid") is { } setsid ? [setsid] : [];
        var command = session.Concat(UnprivilegedUser.Command(
            _user,
            [
                "sh", "-c", Guard, "sh", _folder.Log, Path.Combine(_binaries, "postgres"), "-D", _folder.Data,
                "-p", _port.ToString(CultureInfo.InvariantCulture), "-c", $"listen_addresses={Host}", "-c", "unix_socket_directories=",
                "-c", string.Create(CultureInfo.InvariantCulture, $"max_connections={ConnectionsMax}"),
                .. _isDurable ? Array.Empty<string>() : ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
            ])).ToList();
        return Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardError = true, WorkingDirectory = _folder.Root })!;
    }

    private async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            await using var connection = await OpenAsync(ct);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    // PostgreSQL's own database is there from the first start; ours is missing too when a first start was cut short.
    private async Task CreateDatabaseAsync(CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = 'edgesync'", connection);
        if (await find.ExecuteScalarAsync(ct) is null)
        {
            await using var create = new NpgsqlCommand("CREATE DATABASE edgesync", connection);
            await create.ExecuteNonQueryAsync(ct);
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
