namespace EdgeSync.EdgeSimulator.Tests;

public sealed class PostgresBinariesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-binaries-");

    private string Debian => Path.Combine(_directory.FullName, "postgresql");

    [Fact]
    public void Those_on_PATH_are_taken_first()
    {
        var mine = Install("mine");
        Install("postgresql", "15", "bin");

        Assert.Equal(mine, PostgresBinaries.TryFind($"/nowhere{Path.PathSeparator}{mine}", Debian));
    }

    [Fact]
    public void Of_Debians_the_newest_whole_one_is_taken()
    {
        Install("postgresql", "9", "bin");
        var newest = Install("postgresql", "16", "bin");
        Directory.CreateDirectory(Path.Combine(Debian, "17", "bin"));

        Assert.Equal(newest, PostgresBinaries.TryFind("/nowhere", Debian));
    }

    [Fact]
    public void None_is_none() => Assert.Null(PostgresBinaries.TryFind("/nowhere", Debian));

    [Theory]
    [InlineData("root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\npostgres:x:101:104::/:/bin/sh", "postgres 101 104")]
    [InlineData("root:x:0:0::/root:/bin/sh\n\nnobody:x:65534:65533::/:/bin/false", "nobody 65534 65533")]
    [InlineData("root:x:0:0::/root:/bin/sh", null)]
    public void In_place_of_root_it_is_postgres_or_nobody(string accounts, string? expected) =>
        Assert.Equal(expected, UnprivilegedUser.Choose(accounts.Split('\n')) is { } user ? $"{user.Name} {user.Uid} {user.Gid}" : null);

    public void Dispose() => _directory.Delete(recursive: true);

    private string Install(params string[] folders)
    {
        var folder = Directory.CreateDirectory(Path.Combine([_directory.FullName, .. folders])).FullName;
        File.WriteAllText(Path.Combine(folder, "initdb"), "");
        File.WriteAllText(Path.Combine(folder, "postgres"), "");
        return folder;
    }
}
