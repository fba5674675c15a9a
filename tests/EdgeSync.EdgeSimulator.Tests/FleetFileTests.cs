namespace EdgeSync.EdgeSimulator.Tests;

public sealed class FleetFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-fleet-");

    private DataFolder Folder => new(_directory.FullName);

    [Fact]
    public void A_device_of_a_fleet_keeps_its_id_for_ever()
    {
        var fleet = new FleetFile(IdentitySeed: 1, Devices: 2);

        Assert.Equal("4cbbd8ca-5215-88d1-a1ae-c181a74b694f", fleet.DeviceId(0).ToString());
        Assert.Equal("814dd7b9-784d-87c1-9b9c-2972e9b4fd6c", fleet.DeviceId(1).ToString());
    }

    [Fact]
    public void Ids_differ_within_a_fleet_and_between_fleets()
    {
        var ids = Enumerable.Range(0, 100).SelectMany(seed => Enumerable.Range(0, 100).Select(number => new FleetFile(seed, 100).DeviceId(number)));

        Assert.Equal(10_000, ids.Distinct().Count());
    }

    [Fact]
    public void A_later_run_continues_the_fleet_whatever_its_seed()
    {
        var first = FleetFile.OpenOrCreate(Folder, seed: 5, devices: 3);

        Assert.Equal(first, FleetFile.OpenOrCreate(Folder, seed: 6, devices: 2));
        Assert.Equal(new FleetFile(5, 10), FleetFile.OpenOrCreate(Folder, seed: 7, devices: 10));
        Assert.Equal(new FleetFile(5, 10), FleetFile.TryRead(Folder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"schemaVersion":2,"identitySeed":1,"devices":1}""")]
    [InlineData("""{"schemaVersion":1,"identitySeed":"one","devices":1}""")]
    [InlineData("""{"schemaVersion":1,"identitySeed":99999999999,"devices":1}""")]
    public void A_file_that_cannot_be_read_is_one_sentence(string text)
    {
        File.WriteAllText(Folder.FleetFile, text);

        var wrong = Assert.Throws<UsageException>(() => FleetFile.TryRead(Folder)).Message;
        Assert.StartsWith(Folder.FleetFile, wrong, StringComparison.Ordinal);
        Assert.Contains("Choose another folder with --data.", wrong, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
