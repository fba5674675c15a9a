using System.Diagnostics;

namespace EdgeSync.EdgeSimulator;

/// <summary>Other programs of this machine.</summary>
internal static class Programs
{
    /// <summary>The program's file on PATH; null when there is none.</summary>
    public static string? TryFind(string name) => TryFind(name, Environment.GetEnvironmentVariable("PATH") ?? "");

    /// <summary>The program's file in one of the folders, which are separated as in PATH.</summary>
    public static string? TryFind(string name, string folders) =>
        folders.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end; what it wrote, to either output, is the second part.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(IEnumerable<string> command, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(command.First(), command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, (await output + await error).Trim());
    }
}
