using YamlDotNet.RepresentationModel;

namespace EdgeSync.Deploy.Tests;

/// <summary>
/// What of kustomize the manifests use, and no more: other fields are refused, so that nothing is passed over. Names get no suffix here; kustomize changes a name and those who refer to it together.
/// </summary>
internal static class Kustomization
{
    private const string File = "kustomization.yaml";

    /// <summary>Everything that the folder's kustomization makes, in order.</summary>
    public static IReadOnlyList<SourceObject> Build(DeployFiles files, string folder)
    {
        var path = $"{folder}/{File}";
        var root = Yaml.Mapping(path, files.Read(path));
        root.Only(path, "apiVersion", "kind", "namespace", "resources", "configMapGenerator", "images", "patches");
        var objects = root.Texts("resources").SelectMany(resource => Resource(files, DeployFiles.Resolve(folder, resource))).ToList();
        foreach (var generator in root.Items("configMapGenerator"))
        {
            Generate(files, folder, generator, objects);
        }

        foreach (var patch in root.Items("patches"))
        {
            Patch(files, folder, patch, objects);
        }

        foreach (var image in root.Items("images"))
        {
            Rename(path, image, objects);
        }

        if (root.Text("namespace") is { } name)
        {
            SetNamespace(name, objects);
        }

        return objects;
    }

    private static IEnumerable<SourceObject> Resource(DeployFiles files, string path) =>
        files.Texts.ContainsKey($"{path}/{File}")
            ? Build(files, path)
            : Yaml.Documents(path, files.Read(path)).Select(node => new SourceObject(path, node as YamlMappingNode ?? throw new FaultException($"{path}: each document must be an object.")));

    private static void Generate(DeployFiles files, string folder, YamlNode generator, List<SourceObject> objects)
    {
        var path = $"{folder}/{File}";
        generator.Only(path, "name", "behavior", "literals", "files");
        var name = generator.Text("name") ?? "";
        var made = objects.Find(other => other.Kind == "ConfigMap" && other.Name == name);
        switch (generator.Text("behavior"), made)
        {
            case (null or "create", null):
                made = new SourceObject(path, (YamlMappingNode)Yaml.Documents(path, $"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{}}}}")[0]);
                objects.Add(made);
                break;
            case ("merge", not null):
                break;
            case var (behavior, _):
                throw new FaultException($"{path}: ConfigMap {name} {(made is null ? "is not there to merge with" : $"is there already, and '{behavior ?? "create"}' would make it again")}.");
        }

        var data = (YamlMappingNode)made.Node.Get("data")!;
        foreach (var (key, value) in generator.Texts("literals").Select(literal => Literal(path, literal))
            .Concat(generator.Texts("files").Select(file => (Path.GetFileName(file), files.Read(DeployFiles.Resolve(folder, file))))))
        {
            data.Children[key] = new YamlScalarNode(value) { Style = YamlDotNet.Core.ScalarStyle.DoubleQuoted };
        }
    }

    private static (string Key, string Value) Literal(string path, string literal) =>
        literal.Split('=', 2) is [var key, var value] ? (key, value) : throw new FaultException($"{path}: the literal '{literal}' has no '='.");

    private static void Patch(DeployFiles files, string folder, YamlNode patch, List<SourceObject> objects)
    {
        var path = $"{folder}/{File}";
        patch.Only(path, "path", "target");
        var target = patch.Get("target") ?? throw new FaultException($"{path}: a patch names no target.");
        target.Only(path, "kind", "name");
        var found = objects.Find(other => other.Kind == target.Text("kind") && other.Name == target.Text("name"))
            ?? throw new FaultException($"{path}: there is no {target.Text("kind")} {target.Text("name")} to patch.");
        var source = DeployFiles.Resolve(folder, patch.Text("path") ?? "");
        JsonPatch.Apply(source, files.Read(source), found.Node);
    }

    private static void Rename(string path, YamlNode image, List<SourceObject> objects)
    {
        image.Only(path, "name", "newName", "newTag");
        var name = image.Text("name") ?? "";
        var uses = objects.SelectMany(made => Images(made.Node)).Where(use => use.Value!.Split(':')[0] == name).ToList();
        if (uses.Count == 0)
        {
            throw new FaultException($"{path}: nothing uses the image {name}, which 'images' renames.");
        }

        foreach (var use in uses)
        {
            use.Value = $"{image.Text("newName") ?? name}:{image.Text("newTag") ?? use.Value!.Split(':')[1]}";
        }
    }

    private static IEnumerable<YamlScalarNode> Images(YamlNode node) => node switch
    {
        YamlMappingNode map => map.SelectMany(pair => pair.Key.Text() == "image" && pair.Value is YamlScalarNode image ? [image] : Images(pair.Value)),
        YamlSequenceNode list => list.SelectMany(Images),
        _ => [],
    };

    private static void SetNamespace(string name, List<SourceObject> objects)
    {
        foreach (var made in objects.Where(made => made.Kind != "Namespace"))
        {
            ((YamlMappingNode)made.Node.Get("metadata")!).Children["namespace"] = name;
        }
    }
}

/// <summary>An object as a tree, and the file that it was begun in.</summary>
internal sealed record SourceObject(string File, YamlMappingNode Node)
{
    public string Kind => Node.Text("kind") ?? "";

    public string Name => Node.Get("metadata")?.Text("name") ?? "";

    public string Where => $"{File}: {Kind} {Name}";
}
