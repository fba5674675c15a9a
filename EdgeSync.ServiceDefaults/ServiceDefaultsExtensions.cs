using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EdgeSync.ServiceDefaults;

/// <summary>What every service wants unchanged. A service calls both methods and adds only what is its own.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Telemetry, health, discovery, resilient HTTP clients, the protocol's JSON, problems for every error, bounds on what is read, and who may call what.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddObservability();
        builder.Services.AddHealth();
        builder.Services.AddClients();
        builder.Services.AddProtocolJson();
        builder.Services.AddErrors();
        builder.Services.AddRequestBodies();
        builder.Services.AddAccess();
        builder.Services.AddApiDocument();
        return builder;
    }

    /// <summary>Problems for every error, bounded bodies, and the health endpoints. Call it before the service's own middleware and endpoints.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var options = app.Services.GetRequiredService<IOptions<ServiceDefaultsOptions>>().Value;
        if (options.ReadsBodies)
        {
            app.UseReadToEnd();
        }

        app.UseErrors();
        if (options.ReadsBodies)
        {
            app.UseDecompression();
            app.MapApiDocument();
        }

        if (options.ChecksAccessFirst)
        {
            app.UseAuthentication();
            app.UseAuthorization();
        }

        app.MapHealth();
        return app;
    }
}
