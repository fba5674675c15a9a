namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>A control plane that cannot start says why in a sentence, and leaves nothing behind.</summary>
public sealed class ControlPlaneStartTests : IDisposable
{
    private readonly DataFolder _folder = new DataFolder(Directory.CreateTempSubdirectory("edgesync-start-").FullName).Create();
    private readonly DevelopmentPki _pki;

    public ControlPlaneStartTests() => _pki = DevelopmentPki.OpenOrCreate(_folder.Pki, TimeProvider.System);

    private string Database => DatabaseChoice.OfFile(_folder.Database);

    [Fact]
    public async Task A_setting_out_of_its_range_is_named()
    {
        // Ingest has started by then.
        var settings = ControlPlaneFactory.Settings(_folder, _pki, Database, certificateLifetime: TimeSpan.FromSeconds(1));

        Assert.Contains("Set Fleet:CertificateLifetime to a value from 00:00:10", await RefusalAsync(settings), StringComparison.Ordinal);
        FreePorts.Require(settings.ReadinessOf(ControlPlaneSettings.Ingest).Port, "Ingest's");
    }

    [Fact]
    public async Task A_database_that_is_none_is_named() =>
        Assert.Contains("ConnectionStrings:edgesync cannot be read", await RefusalAsync(ControlPlaneFactory.Settings(_folder, _pki, "somewhere")), StringComparison.Ordinal);

    public void Dispose()
    {
        _pki.Dispose();
        Directory.Delete(_folder.Root, recursive: true);
    }

    private static async Task<string> RefusalAsync(ControlPlaneSettings settings) =>
        (await Assert.ThrowsAsync<UsageException>(() => InProcessControlPlane.StartAsync(settings, TestContext.Current.CancellationToken))).Message;
}
