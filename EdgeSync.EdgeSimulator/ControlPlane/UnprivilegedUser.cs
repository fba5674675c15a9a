using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>Whom a program runs as that refuses root: <c>postgres</c> where there is that user, else <c>nobody</c>.</summary>
internal sealed record UnprivilegedUser(string Name, int Uid, int Gid)
{
    private const string Accounts = "/etc/passwd";
    private const UnixFileMode Enter = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private static readonly string[] Names = ["postgres", "nobody"];

    /// <summary>Null when this process is not root, and needs nobody else.</summary>
    /// <exception cref="UsageException">It is root, and there is nobody or no way to become somebody.</exception>
    public static UnprivilegedUser? ForRoot()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        if (Programs.TryFind("setpriv") is null)
        {
            throw new UsageException("PostgreSQL does not run as root, and setpriv is not on PATH: install it (apt-get install util-linux), or start the simulator as another user.");
        }

        return Choose(File.ReadAllLines(Accounts)) ?? throw new UsageException($"PostgreSQL does not run as root, and {Accounts} has none of {string.Join(", ", Names)}: start the simulator as another user.");
    }

    /// <summary>The first of the names that the lines of a passwd file have.</summary>
    public static UnprivilegedUser? Choose(IEnumerable<string> accounts)
    {
        var users = accounts.Select(line => line.Split(':')).Where(fields => fields.Length > 3)
            .Select(fields => new UnprivilegedUser(fields[0], int.Parse(fields[2], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture)))
            .ToLookup(user => user.Name);
        return Names.Select(name => users[name].FirstOrDefault()).FirstOrDefault(user => user is not null);
    }

    /// <summary>The command as this user; the same process becomes it, so it keeps its id.</summary>
    public static IReadOnlyList<string> Command(UnprivilegedUser? user, params IEnumerable<string> command) => user is null
        ? [.. command]
        :
        [
            "setpriv",
            string.Create(CultureInfo.InvariantCulture, $"--reuid={user.Uid}"),
            string.Create(CultureInfo.InvariantCulture, $"--regid={user.Gid}"),
            "--clear-groups",
            .. command,
        ];

    /// <summary>Gives the folder, with all in it, to the user, and lets the user into the folder's parent.</summary>
    /// <exception cref="UsageException">The user still cannot enter it.</exception>
    public async Task OwnAsync(string folder, CancellationToken ct)
    {
        var parent = Path.GetDirectoryName(folder);
        if (parent is not null && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(parent, File.GetUnixFileMode(parent) | Enter);
        }

        await Programs.RunAsync(["chown", "-R", string.Create(CultureInfo.InvariantCulture, $"{Uid}:{Gid}"), folder], ct);
        var (exitCode, _) = await Programs.RunAsync(Command(this, "sh", "-c", """cd -- "$1" && touch .write-test && rm .write-test""", "sh", folder), ct);
        if (exitCode != 0)
        {
            throw new UsageException($"PostgreSQL does not run as root but as {Name}, who cannot enter {folder}: let others pass through every folder above it (chmod o+x), or choose a folder elsewhere, such as one in {Path.GetTempPath()}.");
        }
    }
}
