using System.Security.Cryptography;
using Npgsql;

namespace EdgeSync.EdgeSimulator;

/// <summary>What a private PostgreSQL keeps: its data, the password of its owner, its log.</summary>
internal sealed class PostgresFolder
{
    /// <summary>The database, and the user who owns everything.</summary>
    public const string Name = "edgesync";

    // Server, services and fleet share this machine: after a restart all of them want connections at once, and one that takes long is better than one given up.
    private const int ConnectTimeoutSeconds = 20;

    private PostgresFolder(string root) => Root = root;

    public string Root { get; }

    public string Data => Path.Combine(Root, "data");

    public string Log => Path.Combine(Root, "server.log");

    public required string Password { get; init; }

    private static string PasswordIn(string root) => Path.Combine(root, "password");

    /// <summary>Opens what is kept there; where nothing is, makes a cluster with a random password.</summary>
    /// <exception cref="UsageException">The folder cannot be written or entered, or initdb failed.</exception>
    public static async Task<PostgresFolder> OpenOrCreateAsync(string folder, string binaries, UnprivilegedUser? user, CancellationToken ct)
    {
        var root = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(root);
            // Without links: a running server is recognized by its working directory, which has none.
            (_, root) = await Programs.RunAsync(["sh", "-c", """cd -- "$1" && pwd -P""", "sh", root], ct);
            var password = await PasswordAsync(PasswordIn(root), ct);
            if (user is not null)
            {
                await user.OwnAsync(root, ct);
            }

            var opened = new PostgresFolder(root) { Password = password };
            if (!Directory.Exists(opened.Data))
            {
                await opened.CreateAsync(binaries, user, ct);
            }

            return opened;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The folder {root} cannot hold a PostgreSQL: {e.Message} Choose another, or change its permissions.", e);
        }
    }

    /// <summary>The connection string of the server that runs in a folder; null when none does.</summary>
    public static string? RunningIn(string folder)
    {
        var opened = new PostgresFolder(Path.GetFullPath(folder)) { Password = File.Exists(PasswordIn(folder)) ? File.ReadAllText(PasswordIn(folder)).Trim() : "" };
        return PostgresProcesses.PortOf(opened.Data) is { } port ? opened.ConnectionString(port) : null;
    }

    /// <summary>For Npgsql, when the server listens on a port.</summary>
    public string ConnectionString(int port) => new NpgsqlConnectionStringBuilder
    {
        Host = PostgresServer.Host,
        Port = port,
        Username = Name,
        Password = Password,
        Database = Name,
        Timeout = ConnectTimeoutSeconds,
    }.ConnectionString;

    /// <summary>The end of the server's log, as one line.</summary>
    public string LastLogLines(int count) =>
        File.Exists(Log) ? $"{string.Join(" / ", File.ReadLines(Log).TakeLast(count))} (the whole log is {Log})" : "it wrote no log.";

    private static async Task<string> PasswordAsync(string path, CancellationToken ct)
    {
        if (File.Exists(path))
        {
            return (await File.ReadAllTextAsync(path, ct)).Trim();
        }

        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        SecretFile.Write(path, password);
        return password;
    }

    // Beside its place first, so that an initdb that was cut short is not taken for a cluster.
    private async Task CreateAsync(string binaries, UnprivilegedUser? user, CancellationToken ct)
    {
        var unfinished = Path.Combine(Root, "data.new");
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        var (exitCode, output) = await Programs.RunAsync(
            UnprivilegedUser.Command(
                user,
                [
                    Path.Combine(binaries, "initdb"), "--pgdata", unfinished, "--username", Name, "--auth", "scram-sha-256", "--pwfile", PasswordIn(Root), "--no-locale",
                    "--encoding=UTF8",
                ]),
            ct);
        if (exitCode != 0)
        {
            throw new UsageException($"initdb failed in {Root}: {output.ReplaceLineEndings(" / ")}");
        }

        Directory.Move(unfinished, Data);
    }
}
