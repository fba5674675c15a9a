using EdgeSync.Commands;
using EdgeSync.Gateway;
using EdgeSync.Ingest;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EdgeSync.Deploy.Tests;

/// <summary>A service with the environment that it is deployed with, as far as the check of its settings at start.</summary>
internal static class StartingService
{
    /// <summary>Builds the service and checks its options; nothing listens and no database is asked.</summary>
    /// <exception cref="OptionsValidationException">A setting is wrong.</exception>
    public static void Validate(string service, IReadOnlyDictionary<string, string> environment)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = $"EdgeSync.{service}", EnvironmentName = "Production", ContentRootPath = AppContext.BaseDirectory });
        // Neither the settings of this process nor of its folder: only what the manifests say.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(environment.Select(pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), (string?)pair.Value)));
        builder.AddServiceDefaults();
        _ = service switch
        {
            "gateway" => builder.AddGateway(),
            "ingest" => builder.AddIngest(),
            _ => builder.AddCommands(),
        };
        using var host = builder.Build() as IDisposable;
        ((WebApplication)host).Services.GetRequiredService<IStartupValidator>().Validate();
    }
}
