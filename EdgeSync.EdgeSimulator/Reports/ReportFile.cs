using System.Text.Json;

namespace EdgeSync.EdgeSimulator;

internal static class ReportFile
{
    /// <summary>Makes sure, before a long run, that its report can be written.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static void Require(string option, string? path)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using var _ = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path} cannot be written: {e.Message}", e);
        }
    }

    public static void Write(string path, RunReport report) =>
        File.WriteAllText(path, JsonSerializer.Serialize(report, ReportJson.Default.RunReport) + "\n");
}
