namespace EdgeSync.EdgeSimulator;

/// <summary>Where the worlds of one process have their files, in memory if there is such a place; whoever was killed leaves them, and the next one takes them away.</summary>
internal sealed class WorldFolder : IDisposable
{
    private const string Memory = "/dev/shm";
    private const string Name = "edgesync-worlds-";
    private const string Held = "held";

    private readonly FileStream _held;

    private WorldFolder(string path, FileStream held) => (Path, _held) = (path, held);

    public string Path { get; }

    public static WorldFolder Make() => Make(Directory.Exists(Memory) ? Memory : System.IO.Path.GetTempPath());

    /// <summary>Makes one, and deletes those of processes that are gone.</summary>
    /// <param name="root">Where all of them are.</param>
    public static WorldFolder Make(string root)
    {
        foreach (var other in Directory.EnumerateDirectories(root, $"{Name}*"))
        {
            DeleteIfLeft(other);
        }

        var path = System.IO.Path.Combine(root, $"{Name}{Guid.NewGuid():N}");
        Directory.CreateDirectory(path);
        return new WorldFolder(path, Hold(path, FileMode.CreateNew));
    }

    public void Dispose()
    {
        _held.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    // A lock ends with its process, whatever ends that.
    private static void DeleteIfLeft(string folder)
    {
        try
        {
            Hold(folder, FileMode.Open).Dispose();
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is held, about to be, or somebody else's.
        }
    }

    private static FileStream Hold(string folder, FileMode mode) => new(System.IO.Path.Combine(folder, Held), mode, FileAccess.ReadWrite, FileShare.None);
}
