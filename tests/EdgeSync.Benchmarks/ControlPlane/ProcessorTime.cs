using System.Globalization;

namespace EdgeSync.Benchmarks;

/// <summary>CPU time from <c>/proc</c>, microseconds, in steps of 10 ms.</summary>
internal static class ProcessorTime
{
    private const double MicrosecondsPerTick = 10_000;

    // Fields of /proc/PID/stat after the program's name: user, system, and both again for children that were waited for.
    private const int FirstTime = 11;
    private const int Times = 4;

    /// <summary>Of a process and the children that it has waited for.</summary>
    public static double Of(int process) => Read(Path.Combine("/proc", process.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Of all processes that work in a folder, as every process of a PostgreSQL server does in its data folder.</summary>
    public static double OfFolder(string folder) => Directory.EnumerateDirectories("/proc")
        .Where(process => int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out _) && WorksIn(process, folder))
        .Sum(Read);

    private static bool WorksIn(string process, string folder)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(process, "cwd")).LinkTarget == folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static double Read(string process)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(process, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields.AsSpan(FirstTime, Times).ToArray().Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) * MicrosecondsPerTick;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended between the listing and the reading; its parent has its time.
            return 0;
        }
    }
}
