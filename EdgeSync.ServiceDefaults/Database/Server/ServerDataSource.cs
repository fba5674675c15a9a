using Microsoft.Extensions.Hosting;
#if !ASPIRE
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
#endif

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// The one place that decides where the services' <c>NpgsqlDataSource</c> comes from: Aspire.Npgsql in configuration Aspire, Npgsql's own packages
/// elsewhere. Both give a health check, traces and metrics, and read the same keys: <c>ConnectionStrings:edgesync</c> and <c>Aspire:Npgsql:*</c>.
/// </summary>
internal static class ServerDataSource
{
#if ASPIRE
    public static void Add(IHostApplicationBuilder builder, DatabaseOptions options) =>
        builder.AddNpgsqlDataSource(
            DatabaseOptions.Name,
            settings => settings.ConnectionString = ServerConnectionString.WithDefaults(options.ConnectionString, builder.Environment.ApplicationName));
#else
    private const string Settings = "Aspire:Npgsql:";

    public static void Add(IHostApplicationBuilder builder, DatabaseOptions options)
    {
        builder.Services.AddNpgsqlDataSource(ServerConnectionString.WithDefaults(options.ConnectionString, builder.Environment.ApplicationName));
        if (IsOn("DisableHealthChecks"))
        {
            builder.Services.AddHealthChecks().AddNpgSql(services => services.GetRequiredService<NpgsqlDataSource>(), name: "PostgreSql");
        }

        if (ObservabilityExtensions.IsCollected(builder.Configuration))
        {
            var telemetry = builder.Services.AddOpenTelemetry();
            _ = IsOn("DisableTracing") ? telemetry.WithTracing(traces => traces.AddNpgsql()) : telemetry;
            _ = IsOn("DisableMetrics") ? telemetry.WithMetrics(metrics => metrics.AddNpgsqlInstrumentation()) : telemetry;
        }

        bool IsOn(string key) => !bool.TryParse(builder.Configuration[Settings + key], out var disabled) || !disabled;
    }
#endif
}
