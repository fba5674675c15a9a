using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace EdgeSync.ServiceDefaults;

/// <summary>OpenTelemetry: traces, metrics and logs of the framework and of every source and meter named <c>EdgeSync.*</c>.</summary>
internal static class ObservabilityExtensions
{
    /// <summary>Where the collector is, e.g. <c>http://localhost:4317</c>. The exporter reads the other <c>OTEL_*</c> settings itself.</summary>
    public const string CollectorSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string Sources = "EdgeSync.*";

    /// <summary>Whether anyone collects: spans and measurements that nobody collects would still cost every request.</summary>
    public static bool IsCollected(IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration[CollectorSetting]);

    public static void AddObservability(this IHostApplicationBuilder builder)
    {
        if (!IsCollected(builder.Configuration))
        {
            return;
        }

        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddMeter(Sources)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation())
            .WithTracing(traces => traces
                .AddSource(Sources)
                .AddSource(builder.Environment.ApplicationName)
                .AddAspNetCoreInstrumentation(options => options.Filter = IsNoProbe)
                .AddHttpClientInstrumentation())
            .UseOtlpExporter();
    }

    private static bool IsNoProbe(HttpContext context) =>
        !context.Request.Path.StartsWithSegments(HealthExtensions.ReadinessPath, StringComparison.Ordinal)
        && !context.Request.Path.StartsWithSegments(HealthExtensions.LivenessPath, StringComparison.Ordinal);
}
