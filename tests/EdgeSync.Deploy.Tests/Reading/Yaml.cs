using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EdgeSync.Deploy.Tests;

/// <summary>YAML as a tree. A key that is there twice is refused by the parser.</summary>
internal static class Yaml
{
    public static IReadOnlyList<YamlNode> Documents(string path, string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return [.. stream.Documents.Select(document => document.RootNode)];
        }
        catch (YamlException e)
        {
            throw new FaultException($"{path}:{e.Start.Line}: {e.Message}", e);
        }
    }

    public static YamlMappingNode Mapping(string path, string text) =>
        Documents(path, text) is [YamlMappingNode mapping] ? mapping : throw new FaultException($"{path}: one mapping is expected.");

    public static string Write(YamlNode node)
    {
        using var writer = new StringWriter();
        new YamlStream(new YamlDocument(node)).Save(writer, assignAnchors: false);
        return writer.ToString();
    }

    /// <summary>A copy that shares nothing with the original.</summary>
    public static YamlNode Clone(YamlNode node) => Documents("a copy", Write(node))[0];

    /// <summary>With what <c>&lt;&lt;</c> puts in, of one anchor or several; what is written out wins, then the first.</summary>
    public static YamlNode Merged(YamlNode node)
    {
        switch (node)
        {
            case YamlSequenceNode list:
                return new YamlSequenceNode(list.Select(Merged));
            case YamlMappingNode map:
                var whole = new YamlMappingNode();
                foreach (var (key, value) in map.Entries().Where(entry => entry.Key != "<<"))
                {
                    whole.Add(key, Merged(value));
                }

                foreach (var (key, value) in (map.Get("<<") switch { YamlSequenceNode several => several, null => [], var one => (IEnumerable<YamlNode>)[one] }).SelectMany(source => Merged(source).Entries()))
                {
                    whole.Children.TryAdd(key, value);
                }

                return whole;
            default:
                return node;
        }
    }

    public static YamlNode? Get(this YamlNode node, string key) => node is YamlMappingNode mapping && mapping.Children.TryGetValue(key, out var value) ? value : null;

    public static string? Text(this YamlNode? node) => (node as YamlScalarNode)?.Value;

    public static string? Text(this YamlNode node, string key) => node.Get(key).Text();

    public static IEnumerable<YamlNode> Items(this YamlNode node, string key) => node.Get(key) is YamlSequenceNode items ? items : [];

    public static IEnumerable<string> Texts(this YamlNode node, string key) => node.Items(key).Select(item => item.Text() ?? "");

    public static IEnumerable<(string Key, YamlNode Value)> Entries(this YamlNode? node) =>
        node is YamlMappingNode mapping ? mapping.Select(pair => (pair.Key.Text() ?? "", pair.Value)) : [];

    /// <summary>Refuses fields that this reader would pass over.</summary>
    public static void Only(this YamlNode node, string where, params string[] known)
    {
        if (node.Entries().FirstOrDefault(entry => !known.Contains(entry.Key)) is { Key: { } unknown })
        {
            throw new FaultException($"{where}: '{unknown}' is not known. Known: {string.Join(", ", known)}.");
        }
    }
}
