using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace EdgeSync.Deploy.Tests;

/// <summary>Compose files as they are used together, with what they use of the format and no more: another field is refused.</summary>
internal sealed partial record ComposeFile(IReadOnlyDictionary<string, ComposeService> Services, IReadOnlyDictionary<string, string> Secrets, IReadOnlyList<string> Volumes, IReadOnlyList<string> Networks)
{
    public const string Folder = "deploy/compose";

    /// <summary>Reads files of deploy/compose/, later ones on top.</summary>
    /// <param name="files">Where they are.</param>
    /// <param name="variables">Of the shell that Compose runs in; what is not there has its default.</param>
    /// <param name="names">Which.</param>
    public static ComposeFile Load(DeployFiles files, IReadOnlyDictionary<string, string> variables, params string[] names)
    {
        var services = new Dictionary<string, ComposeService>();
        var secrets = new Dictionary<string, string>();
        var volumes = new List<string>();
        var networks = new List<string>();
        foreach (var path in names.Select(name => $"{Folder}/{name}"))
        {
            var root = Yaml.Merged(Yaml.Mapping(path, Variable().Replace(files.Read(path), match => variables.GetValueOrDefault(match.Groups["name"].Value, match.Groups["default"].Value))));
            root.Only(path, [.. root.Entries().Select(entry => entry.Key).Where(key => key.StartsWith("x-", StringComparison.Ordinal)), "services", "secrets", "networks", "volumes"]);
            foreach (var (name, node) in root.Get("services").Entries())
            {
                var read = ComposeService.Read($"{path}: {name}", name, node);
                services[name] = services.TryGetValue(name, out var before) ? before.With(read) : read;
            }

            foreach (var (name, node) in root.Get("secrets").Entries())
            {
                node.Only($"{path}: secret {name}", "file");
                secrets[name] = node.Text("file") ?? "";
            }

            volumes.AddRange(root.Get("volumes").Entries().Select(entry => entry.Key));
            networks.AddRange(root.Get("networks").Entries().Select(entry => entry.Key));
        }

        return new ComposeFile(services, secrets, volumes, networks);
    }

    // $$ is a dollar sign.
    [GeneratedRegex(@"(?<!\$)\$\{(?<name>\w+)(:-(?<default>[^}]*))?\}")]
    private static partial Regex Variable();
}

/// <summary>One service of a Compose file.</summary>
internal sealed record ComposeService(string Where, string Name, YamlNode Node)
{
    private static readonly string[] Known =
    [
        "image", "user", "entrypoint", "command", "environment", "depends_on", "secrets", "volumes", "ports", "networks", "network_mode", "restart", "read_only", "tmpfs", "cap_drop", "security_opt",
        "stop_grace_period", "mem_limit",
    ];

    public string Image => Node.Text("image") ?? "";

    public string User => Node.Text("user") ?? "";

    public IReadOnlyDictionary<string, string> Environment { get; private init; } = Node.Get("environment").Entries().ToDictionary(entry => entry.Key, entry => entry.Value.Text() ?? "");

    public IReadOnlyList<string> Secrets { get; private init; } = [.. Node.Texts("secrets")];

    public IEnumerable<string> Arguments => Node.Texts("entrypoint").Concat(Node.Texts("command"));

    public IReadOnlyDictionary<string, string> DependsOn => Node.Get("depends_on").Entries().ToDictionary(entry => entry.Key, entry => entry.Value.Text("condition") ?? "");

    /// <summary>Sources and targets; a source is a volume's name or a path.</summary>
    public IEnumerable<(string Source, string Target)> Mounts => Node.Texts("volumes").Select(mount => mount.Split(':')).Select(parts => (parts[0], parts[1]));

    public bool RunsOn => Node.Text("restart") == "unless-stopped";

    public static ComposeService Read(string where, string name, YamlNode node)
    {
        node.Only(where, Known);
        return new ComposeService(where, name, node);
    }

    /// <summary>With what a later file says: environment and secrets are added, and nothing else is used.</summary>
    public ComposeService With(ComposeService later)
    {
        later.Node.Only(later.Where, "environment", "secrets");
        return this with
        {
            Environment = Environment.Concat(later.Environment).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Last().Value),
            Secrets = [.. Secrets, .. later.Secrets],
        };
    }
}
