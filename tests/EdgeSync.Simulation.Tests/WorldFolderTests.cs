using EdgeSync.EdgeSimulator;

namespace EdgeSync.Simulation.Tests;

/// <summary>Files of worlds are gone when their process is, however that ended.</summary>
public sealed class WorldFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("worlds-").FullName;

    [Fact]
    public void What_a_killed_process_left_is_deleted_by_the_next_one_and_what_is_in_use_is_not()
    {
        using var inUse = WorldFolder.Make(_root);
        var left = Directory.CreateDirectory(Path.Combine(_root, "edgesync-worlds-left"));
        File.WriteAllText(Path.Combine(left.FullName, "held"), "");
        File.WriteAllText(Path.Combine(left.FullName, "edgesync.db"), "");
        var other = Directory.CreateDirectory(Path.Combine(_root, "of-somebody-else"));

        using var next = WorldFolder.Make(_root);

        Assert.Equivalent(new[] { inUse.Path, next.Path, other.FullName }, Directory.GetDirectories(_root), strict: true);
    }

    [Fact]
    public void A_process_that_ends_leaves_nothing()
    {
        WorldFolder.Make(_root).Dispose();

        Assert.Empty(Directory.GetDirectories(_root));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
