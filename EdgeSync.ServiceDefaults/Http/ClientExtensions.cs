using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.ServiceDefaults;

/// <summary>Every <see cref="HttpClient"/> from the factory finds services by name and survives a short failure.</summary>
internal static class ClientExtensions
{
    public static void AddClients(this IServiceCollection services)
    {
        services.AddServiceDiscovery();
        services.ConfigureHttpClientDefaults(client =>
        {
            client.AddStandardResilienceHandler();
            client.AddServiceDiscovery();
        });
    }
}
