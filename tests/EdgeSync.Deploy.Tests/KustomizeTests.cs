using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;

namespace EdgeSync.Deploy.Tests;

/// <summary>Where kubectl is at hand: kustomize itself makes the same objects as the reader that the other tests believe.</summary>
public sealed partial class KustomizeTests
{
    [Theory]
    [InlineData("development")]
    [InlineData("production")]
    [InlineData("production-by-queue")]
    public async Task Kustomize_makes_the_same(string overlay)
    {
        var text = await BuildAsync($"deploy/kubernetes/overlays/{overlay}");
        Assert.SkipWhen(text is null, "kubectl is not at hand.");

        var theirs = ManifestSet.Parse("kubectl kustomize", WithoutSuffixes(text), ExternalObjects.Read(DeployFiles.Repository, overlay));
        var ours = ManifestSet.Load(DeployFiles.Repository, overlay);

        Assert.Equal(Lines(ours), Lines(theirs));
    }

    [Fact]
    public void What_this_reader_does_not_know_is_refused() =>
        Assert.Contains(
            "'secretGenerator' is not known",
            Assert.Throws<FaultException>(() => ManifestSet.Load(
                DeployFiles.Repository.With("deploy/kubernetes/overlays/development/kustomization.yaml", "patches:", "secretGenerator: []\npatches:"), "development")).Message,
            StringComparison.Ordinal);

    private static string[] Lines(ManifestSet set) =>
        [.. set.All.Select(manifest => Sorted(JsonNode.Parse(KubernetesJson.Serialize(manifest.Object))!).ToJsonString()).Order(StringComparer.Ordinal)];

    // Kustomize sorts the keys of what it generates.
    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject fields => new JsonObject(fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Key, field.Value is null ? null : Sorted(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(item => item is null ? null : Sorted(item))]),
        _ => node.DeepClone(),
    };

    // A generated ConfigMap's name ends in a hash of its content, so that a change restarts who reads it.
    private static string WithoutSuffixes(string text) =>
        Suffixed().Matches(text).Select(match => match.Groups["name"].Value).Distinct().Aggregate(text, (all, name) => all.Replace(name, name[..name.LastIndexOf('-')], StringComparison.Ordinal));

    private static async Task<string?> BuildAsync(string folder)
    {
        try
        {
            using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", Path.Combine(DeployFiles.Root, folder)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = kubectl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = await kubectl.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await kubectl.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(kubectl.ExitCode == 0, errors);
            return await text;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^kind: ConfigMap\nmetadata:\n  name: (?<name>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Suffixed();
}
