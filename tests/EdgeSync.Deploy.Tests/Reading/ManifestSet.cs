using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using k8s;
using k8s.Models;
using YamlDotNet.Core;

namespace EdgeSync.Deploy.Tests;

/// <summary>All objects of one overlay, read strictly into the Kubernetes client's types: a field that they do not have is a fault.</summary>
internal sealed record ManifestSet(IReadOnlyList<Manifest> All, ExternalObjects External)
{
    private static readonly FrozenDictionary<string, Type> Types = typeof(V1Pod).Assembly.GetTypes()
        .Select(type => (type, entity: type.GetCustomAttribute<KubernetesEntityAttribute>()))
        .Where(pair => pair.entity is not null)
        .GroupBy(pair => (pair.entity!.Group.Length > 0 ? pair.entity.Group + "/" : "") + pair.entity.ApiVersion + "/" + pair.entity.Kind, pair => pair.type)
        .Select(group => KeyValuePair.Create(group.Key, group.First()))
        .Append(KeyValuePair.Create(Certificate.Type, typeof(Certificate)))
        .Append(KeyValuePair.Create(Issuer.Type, typeof(Issuer)))
        .ToFrozenDictionary();

    private static readonly Dictionary<string, Type> TypeMap = new(Types);

    // A copy with one fault in it has the others as they were; nobody changes them.
    private static readonly ConcurrentDictionary<string, object> Known = new(StringComparer.Ordinal);

    /// <summary>The pods that it starts, whatever starts them.</summary>
    public IReadOnlyList<PodTemplate> Pods { get; } = [.. All.SelectMany(PodTemplate.Of)];

    /// <summary>Builds and reads an overlay.</summary>
    /// <exception cref="FaultException">Something cannot be read; the message says where.</exception>
    public static ManifestSet Load(DeployFiles files, string overlay) =>
        new([.. Kustomization.Build(files, $"deploy/kubernetes/overlays/{overlay}").Select(Read)], ExternalObjects.Read(files, overlay));

    /// <summary>Reads what kustomize itself has built.</summary>
    public static ManifestSet Parse(string where, string text, ExternalObjects external) =>
        new([.. Yaml.Documents(where, text).Select(node => Read(new SourceObject(where, (YamlDotNet.RepresentationModel.YamlMappingNode)node)))], external);

    public IEnumerable<(Manifest Manifest, T Object)> Of<T>() => All.Where(manifest => manifest.Object is T).Select(manifest => (manifest, (T)manifest.Object));

    public Manifest? Find(string kind, string? name) => All.FirstOrDefault(manifest => manifest.Kind == kind && manifest.Name == name);

    private static Manifest Read(SourceObject source)
    {
        var type = $"{source.Node.Text("apiVersion")}/{source.Node.Text("kind")}";
        if (!Types.ContainsKey(type))
        {
            throw new FaultException($"{source.Where}: {type} is no type that is known.");
        }

        try
        {
            return new Manifest(source.File, source.Kind, source.Name, Known.GetOrAdd(Yaml.Write(source.Node), text => KubernetesYaml.LoadAllFromString(text, TypeMap, strict: true).Single()));
        }
        catch (Exception e) when (e is YamlException or InvalidCastException or FormatException or ArgumentException)
        {
            throw new FaultException($"{source.Where}: {Innermost(e).Message}", e);
        }
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}

/// <summary>One object, and the file that it was begun in.</summary>
internal sealed record Manifest(string File, string Kind, string Name, object Object)
{
    public string Where => $"{File}: {Kind} {Name}";
}
