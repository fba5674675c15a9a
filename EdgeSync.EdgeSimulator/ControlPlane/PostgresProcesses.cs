using System.Diagnostics;
using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>The running processes of the PostgreSQL server of a data folder, whoever started them.</summary>
internal static class PostgresProcesses
{
    private const string Program = "postgres";
    private const string Processes = "/proc";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan KilledWithin = TimeSpan.FromSeconds(20);

    /// <summary>Every process of the server; on Linux also those that outlived it, for they keep it from starting again.</summary>
    public static IReadOnlyList<int> Of(string data) => OperatingSystem.IsLinux()
        ? [.. Directory.EnumerateDirectories(Processes).Select(Number).OfType<int>().Where(id => IsIn(data, id))]
        : [.. Process.GetProcessesByName(Program).Select(Id).Where(id => id == Postmaster(data))];

    /// <summary>Where a running server listens; null when none runs.</summary>
    public static int? PortOf(string data)
    {
        const int PortLine = 3;
        return Postmaster(data) is { } postmaster && Of(data).Contains(postmaster) ? NumberIn(data, PortLine) : null;
    }

    /// <summary>Stops a server: at once when it takes longer than that.</summary>
    public static async Task StopAsync(string data, TimeSpan patience, TimeProvider time)
    {
        if (Postmaster(data) is { } postmaster && Of(data).Contains(postmaster))
        {
            await Programs.RunAsync(["sh", "-c", "kill -s INT \"$1\"", "sh", postmaster.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
            await AreGoneAsync(data, patience, time);
        }

        await KillAsync(data, time);
    }

    /// <summary>SIGKILL to all of them; returns when they are gone.</summary>
    public static async Task KillAsync(string data, TimeProvider time)
    {
        // The server first, so that it starts no more.
        Kill(Postmaster(data) is { } postmaster && Of(data).Contains(postmaster) ? [postmaster] : [], entireTree: true);
        Kill(Of(data), entireTree: false);
        if (!await AreGoneAsync(data, KilledWithin, time))
        {
            throw new InvalidOperationException($"Processes of PostgreSQL in {data} outlived SIGKILL: {string.Join(", ", Of(data))}.");
        }
    }

    private static async Task<bool> AreGoneAsync(string data, TimeSpan patience, TimeProvider time)
    {
        var began = time.GetTimestamp();
        while (Of(data).Count > 0)
        {
            if (time.GetElapsedTime(began) > patience)
            {
                return false;
            }

            await Task.Delay(Poll, time, CancellationToken.None);
        }

        return true;
    }

    private static void Kill(IReadOnlyList<int> ids, bool entireTree)
    {
        foreach (var id in ids)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill(entireTree);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                // It ended by itself.
            }
        }
    }

    private static int? Postmaster(string data) => NumberIn(data, line: 0);

    // The server's own account of itself: its id, its folder, when it began, its port. The file stays when the server is killed, and may go at any moment while one ends.
    private static int? NumberIn(string data, int line)
    {
        try
        {
            return int.TryParse(File.ReadLines(Path.Combine(data, "postmaster.pid")).ElementAtOrDefault(line), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // Every process of a server has its data folder as working directory; one that is dead but not yet waited for has none.
    private static bool IsIn(string data, int id)
    {
        var process = Path.Combine(Processes, id.ToString(CultureInfo.InvariantCulture));
        try
        {
            return new DirectoryInfo(Path.Combine(process, "cwd")).LinkTarget == data && File.ReadAllText(Path.Combine(process, "comm")).TrimEnd() == Program;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int? Number(string folder) =>
        int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static int Id(Process process)
    {
        using (process)
        {
            return process.Id;
        }
    }
}
