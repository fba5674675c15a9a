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
    public static WebApplication Build(string service, ControlPlaneSettings settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = $"EdgeSync.{char.ToUpperInvariant(service[0])}{service[1..]}",
            // No appsettings.json: everything a service needs is given here.
            ContentRootPath = settings.Folder,
            EnvironmentName = "Production",
        });
        builder.Configuration.AddInMemoryCollection(settings.For(service));
        builder.Logging.ClearProviders().AddLogFile(settings.Folder, service);
        builder.AddServiceDefaults();
        Action<WebApplication> map;
        switch (service)
        {
            case ControlPlaneSettings.Ingest:
                builder.AddIngest();
                map = app => app.MapIngest();
                break;
            case ControlPlaneSettings.Commands:
                builder.AddCommands();
                map = app => app.MapCommands();
                break;
            default:
                builder.AddGateway();
                map = app => app.MapGateway();
                break;
        }

        var app = builder.Build();
        app.MapDefaultEndpoints();
        map(app);
        return app;
    }
}
