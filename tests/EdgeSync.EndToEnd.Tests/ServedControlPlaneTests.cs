using EdgeSync.EdgeSimulator;

namespace EdgeSync.EndToEnd.Tests;

public sealed class ServedControlPlaneTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task A_fleet_runs_against_a_control_plane_that_was_there_before_it()
    {
        await using var error = new StringWriter();
        var addresses = $"{site.DeviceAddress},{site.OperatorHttp.BaseAddress}";

        var exitCode = await CommandLine.InvokeAsync(
            ["run", "--devices", "3", "--duration", "1s", "--rate", "20", "--sync-interval", "200ms", "--control-plane", addresses, "--data", site.Folder.Root, "--no-live"],
            TimeProvider.System,
            error);

        Assert.Equal((ExitCodes.Pass, ""), (exitCode, error.ToString()));
        Assert.True(site.AssertBalanced().Stored > 20);
    }
}
