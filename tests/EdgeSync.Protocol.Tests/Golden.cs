namespace EdgeSync.Protocol.Tests;

internal static class Golden
{
    private static readonly bool Write = Environment.GetEnvironmentVariable("EDGESYNC_WRITE_GOLDEN") == "1";
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    public static void Check(string name, string actual)
    {
        if (Write)
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(Path.Combine(Folder, name), actual);
            File.WriteAllText(Path.Combine(SourceFolder(), name), actual);
        }

        Assert.Equal(Read(name), actual);
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
