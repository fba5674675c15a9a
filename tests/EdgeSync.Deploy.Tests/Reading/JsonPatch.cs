using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace EdgeSync.Deploy.Tests;

/// <summary>JSON patches (RFC 6902) as YAML: add, replace and remove, which is what the overlays use.</summary>
internal static class JsonPatch
{
    public static void Apply(string path, string text, YamlMappingNode target)
    {
        if (Yaml.Documents(path, text) is not [YamlSequenceNode operations])
        {
            throw new FaultException($"{path}: a list of JSON patch operations is expected.");
        }

        foreach (var operation in operations)
        {
            operation.Only(path, "op", "path", "value");
            Apply(path, operation, target);
        }
    }

    private static void Apply(string path, YamlNode operation, YamlMappingNode target)
    {
        var pointer = operation.Text("path") ?? "";
        var steps = pointer.Split('/')[1..].Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
        var parent = steps[..^1].Aggregate((YamlNode)target, (node, step) => Step(node, step) ?? throw new FaultException($"{path}: {pointer} leads nowhere."));
        var (last, value) = (steps[^1], operation.Get("value"));
        switch (operation.Text("op"), parent)
        {
            case ("add", YamlSequenceNode list) when last == "-":
                list.Add(Yaml.Clone(value!));
                break;
            case ("add", YamlMappingNode map):
            case ("replace", YamlMappingNode existing) when existing.Get(last) is not null:
                ((YamlMappingNode)parent).Children[last] = Yaml.Clone(value!);
                break;
            case ("remove", YamlMappingNode map) when map.Children.Remove(last):
                break;
            case var (op, _):
                throw new FaultException($"{path}: '{op}' at {pointer} cannot be done.");
        }
    }

    private static YamlNode? Step(YamlNode node, string step) =>
        node is YamlSequenceNode list
            ? int.TryParse(step, CultureInfo.InvariantCulture, out var index) && index < list.Children.Count ? list[index] : null
            : node.Get(step);
}
