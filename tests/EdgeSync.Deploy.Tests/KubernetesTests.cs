namespace EdgeSync.Deploy.Tests;

/// <summary>What operators apply to a cluster is whole: checked without one.</summary>
public sealed class KubernetesTests
{
    [Theory]
    [InlineData("development")]
    [InlineData("production")]
    [InlineData("production-by-queue")]
    public void An_overlay_holds_every_rule(string overlay)
    {
        var broken = ManifestRules.Check(DeployFiles.Repository, overlay);

        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }
}
