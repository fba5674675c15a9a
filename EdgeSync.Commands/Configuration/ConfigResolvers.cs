using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Registration of custom resolvers.</summary>
public static class ConfigResolverExtensions
{
    /// <summary>
    /// Registers a resolver that rules of the kind <see cref="ConfigRule.Custom"/> may name. Every instance of the service needs the same ones; a device that has it too (by its options)
    /// goes by the merged value before it was answered.
    /// </summary>
    /// <param name="services">The service's.</param>
    /// <param name="name">1 to 64 characters.</param>
    /// <param name="resolver">A function of its operands alone, and safe for several threads.</param>
    public static IServiceCollection AddConfigResolver(this IServiceCollection services, string name, ConfigResolver resolver)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, NamedConfigResolver.NameCharsMax, nameof(name));
        ArgumentNullException.ThrowIfNull(resolver);
        return services.AddSingleton(new NamedConfigResolver(name, resolver));
    }
}

/// <summary>A registered resolver.</summary>
internal sealed record NamedConfigResolver(string Name, ConfigResolver Resolver)
{
    public const int NameCharsMax = 64;
}

/// <summary>The resolvers of this instance, by name.</summary>
internal sealed class ConfigResolvers
{
    public ConfigResolvers(IEnumerable<NamedConfigResolver> registered)
    {
        var byName = new SortedDictionary<string, ConfigResolver>(StringComparer.Ordinal);
        foreach (var (name, resolver) in registered)
        {
            if (!byName.TryAdd(name, resolver))
            {
                throw new InvalidOperationException($"The resolver '{name}' is registered twice; give each its own name.");
            }
        }

        ByName = byName;
    }

    public IReadOnlyDictionary<string, ConfigResolver> ByName { get; }

    /// <summary>What is wrong with the resolver that a pattern names, or names not, or null.</summary>
    public string? Check(ConfigRule rule, string? resolver) => (rule, resolver) switch
    {
        (ConfigRule.Custom, null or "") => $"Name the resolver; {Known}.",
        (ConfigRule.Custom, var name) when !ByName.ContainsKey(name) => $"No resolver '{Texts.Cut(name, NamedConfigResolver.NameCharsMax)}' is registered; {Known}.",
        (ConfigRule.Custom, _) or (_, null or "") => null,
        _ => $"Only the rule '{Words.Of(ConfigRule.Custom)}' has a resolver; leave it out.",
    };

    private string Known => ByName.Count == 0 ? "this service has none" : $"this service has {string.Join(", ", ByName.Keys)}";
}
