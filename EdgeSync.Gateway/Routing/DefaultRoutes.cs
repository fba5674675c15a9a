using Microsoft.Extensions.Configuration.Memory;

namespace EdgeSync.Gateway;

/// <summary>The routes of the protocol travel with the program, so that any host has them; every other source of configuration may override them.</summary>
internal static class DefaultRoutes
{
    private const string Resource = "EdgeSync.Gateway.Routing.routes.json";

    public static void AddDefaultRoutes(this ConfigurationManager configuration)
    {
        using var stream = typeof(DefaultRoutes).Assembly.GetManifestResourceStream(Resource)!;
        // A source over a stream can be read once; the manager reads all sources again whenever one is added.
        var routes = new ConfigurationBuilder().AddJsonStream(stream).Build();
        ((IConfigurationBuilder)configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = [.. routes.AsEnumerable()] });
    }
}
