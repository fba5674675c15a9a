using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace EdgeSync.Gateway;

/// <summary>The gateway: who may enter, and where to. It never reads a body.</summary>
public static class GatewayExtensions
{
    // Devices come back all at once after an outage; the kernel holds them while handshakes are worked off.
    private const int ConnectBacklog = 4_096;

    /// <summary>Listeners, certificates and routes. Configuration: sections <c>Gateway</c>, <c>ReverseProxy</c> (has defaults) and <c>Services</c>. Needs <see cref="ServiceDefaultsExtensions.AddServiceDefaults"/>.</summary>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Configuration.AddDefaultRoutes();
        var services = builder.Services;
        services.Configure<ServiceDefaultsOptions>(defaults =>
        {
            defaults.ReadsBodies = false;
            defaults.ChecksAccessFirst = false;
        });
        services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();

        services.AddOptions<LimitOptions>().BindConfiguration(LimitOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LimitOptions>, LimitOptionsValidator>();
        services.AddSingleton<LimitSource>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<GatewayMetrics>();
        services.AddHostedService<BudgetEviction>();

        services.AddOptionsWithValidateOnStart<TokenOptions, TokenOptionsValidator>().BindConfiguration(TokenOptions.Section);
        services.AddSingleton<SigningKeys>();
        services.Replace(ServiceDescriptor.Singleton<IDeviceTokenKeys>(provider => provider.GetRequiredService<SigningKeys>()));
        services.AddSingleton<TokenIssuer>();

        services.AddOptionsWithValidateOnStart<RevocationOptions, RevocationOptionsValidator>().BindConfiguration(RevocationOptions.Section);
        services.AddSingleton<OpenRequests>();
        services.AddSingleton<RevocationRegister>();
        services.AddSingleton<RevocationFile>();
        services.AddSingleton<RevocationSource>();
        services.AddSingleton<CrlFiles>();
        services.AddSingleton<RevocationRefresh>();
        services.AddHostedService(provider => provider.GetRequiredService<RevocationRefresh>());
        services.AddHealthChecks().AddCheck<RevocationHealth>(RevocationHealth.Name);

        services.AddOptionsWithValidateOnStart<AdmissionOptions, AdmissionOptionsValidator>().BindConfiguration(AdmissionOptions.Section);
        services.AddSingleton<AdmissionGate>();

        services.AddSingleton<ServerCertificate>();
        services.AddSingleton<FleetCertificates>();
        services.AddSingleton<CertificateVerdicts>();
        services.AddSingleton<DeviceTls>();
        services.AddSingleton<GatewayAddresses>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, GatewayListeners>();
        services.Configure<SocketTransportOptions>(sockets => sockets.Backlog = ConnectBacklog);

        services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddConfigFilter<RoutePolicyFilter>()
            .AddTransforms(transforms => transforms.UseDefaultForwarders = false);
        services.AddSingleton<NameLookup>();
        services.AddSingleton<IDestinationResolver, ServiceDestinations>();
        return builder;
    }

    /// <summary>The way of a request: a plain path, a good certificate, a route of this port, room for it, the right to take it, clean headers, then the service.</summary>
    public static WebApplication MapGateway(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseSecurityHeaders();
        app.UsePlainPaths();
        app.UsePlainBodies();
        app.UseCertificateCheck();
        app.UseRoutePolicy();
        // Before anything is checked that costs: who floods pays from its own budget.
        app.UseRateLimits();
        app.UseTokenCheck();
        app.UseAuthorization();
        app.UseBodyLimit();
        app.UseIdentityHeaders();
        app.UseProxyFailures();
        app.UseRequestEnd();
        app.MapTokens();
        app.MapReverseProxy().ConfigureEndpoints((endpoint, route) => endpoint.WithMetadata(RoutePolicy.Read(route)));
        return app;
    }
}
