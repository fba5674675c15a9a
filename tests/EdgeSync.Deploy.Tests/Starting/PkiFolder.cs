using System.Diagnostics;
using EdgeSync.EdgeSimulator;

namespace EdgeSync.Deploy.Tests;

/// <summary>Keys and certificates as an operator makes them: by deploy/pki/make-pki.sh for production, by the simulator for development.</summary>
public sealed class PkiFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-deploy-pki-");

    public PkiFolder()
    {
        DevelopmentPki.OpenOrCreate(Of("development"), TimeProvider.System).Dispose();
        Output = Run("sh", Path.Combine(DeployFiles.Root, "deploy/pki/make-pki.sh"), Of("production"), "devices.edgesync.example", "operators.edgesync.example", "IP:192.0.2.1");
    }

    /// <summary>What the script printed.</summary>
    public string Output { get; }

    public string Of(string overlay) => Path.Combine(_folder.FullName, overlay);

    public void Dispose() => _folder.Delete(recursive: true);

    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {errors.GetAwaiter().GetResult()}");
        return output;
    }
}
