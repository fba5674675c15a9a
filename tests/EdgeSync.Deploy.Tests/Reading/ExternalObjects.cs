using System.Text.RegularExpressions;

namespace EdgeSync.Deploy.Tests;

/// <summary>Secrets and ConfigMaps that the manifests do not hold: those of the script that an operator runs. Each with its keys and the file that a key comes from.</summary>
/// <param name="Keys">By kind and name. A folder's keys are the names of its files; <c>*</c> stands for them here.</param>
internal sealed partial record ExternalObjects(IReadOnlyDictionary<(string Kind, string Name), IReadOnlyDictionary<string, string>> Keys)
{
    private const string Script = "deploy/kubernetes/secrets.sh";

    /// <summary>Reads the script, for an overlay or for one that is built over it and begins with its name.</summary>
    public static ExternalObjects Read(DeployFiles files, string overlay)
    {
        var keys = new Dictionary<(string, string), IReadOnlyDictionary<string, string>>();
        var branch = "";
        foreach (var line in files.Read(Script).Split('\n').Select(line => line.Trim()))
        {
            branch = line.StartsWith("if [ \"$kind\" = ", StringComparison.Ordinal) ? "development" : line switch { "else" => "production", "fi" => "", _ => branch };
            if (Create().Match(line) is { Success: true } create && overlay.StartsWith(branch, StringComparison.Ordinal))
            {
                var kind = create.Groups["kind"].Value == "configmap" ? "ConfigMap" : "Secret";
                keys[(kind, create.Groups["name"].Value)] = Files(create.Groups["options"].Value);
            }
        }

        return new ExternalObjects(keys);
    }

    private static Dictionary<string, string> Files(string options) =>
        options.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(option => option.Split('=', 2)).Where(parts => parts.Length == 2).ToDictionary(
            parts => parts[0] switch { "--cert" => "tls.crt", "--key" => "tls.key", _ => parts[1].Contains('.', StringComparison.Ordinal) ? parts[1] : "*" },
            parts => parts[1]);

    [GeneratedRegex("""^create (?<kind>configmap|secret generic|secret tls) (?<name>\S+) (?<options>.*) "\$@"$""")]
    private static partial Regex Create();
}
