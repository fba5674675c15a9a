using EdgeSync.Commands;
using EdgeSync.Gateway;
using EdgeSync.Ingest;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>One service of the control plane, built by the same calls that its own Program.cs makes; its log is a file.</summary>
internal static class ServiceHost
{
    /// <param name="service">Which.</param>
    /// <param name="settings">What it is configured with.</param>
    /// <param name="exports">Whether it exports what it measures by itself; false where other services share its process, see <see cref="ProcessTelemetry"/>.</param>
    public static WebApplication Build(string service, ControlPlaneSettings settings, bool exports = true)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = $"EdgeSync.{char.ToUpperInvariant(service[0])}{service[1..]}",
            // No appsettings.json: everything a service needs is given here.
            ContentRootPath = settings.Folder,
            EnvironmentName = "Production",
        });
        builder.Configuration.AddInMemoryCollection(settings.For(service));
        if (!exports)
        {
            builder.Configuration[ObservabilityExtensions.CollectorSetting] = "";
        }

        builder.Logging.ClearProviders().AddLogFile(settings.Folder, service);
        var map = Add(service, builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map(app);
        return app;
    }

    /// <summary>Registers a service as its own program does.</summary>
    /// <returns>Maps its routes, after the default endpoints.</returns>
    public static Action<WebApplication> Add(string service, WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults();
        switch (service)
        {
            case ControlPlaneSettings.Ingest:
                builder.AddIngest();
                return app => app.MapIngest();
            case ControlPlaneSettings.Commands:
                builder.AddCommands();
                return app => app.MapCommands();
            default:
                builder.AddGateway();
                return app => app.MapGateway();
        }
    }
}
