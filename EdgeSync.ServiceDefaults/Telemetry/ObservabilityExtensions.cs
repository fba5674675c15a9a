using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// OpenTelemetry: traces, metrics and logs of the framework and of every source and meter named <c>EdgeSync.*</c>. Which traces are kept is said by <c>OTEL_TRACES_SAMPLER</c> and
/// <c>OTEL_TRACES_SAMPLER_ARG</c>, which the SDK reads itself.
/// </summary>
internal static class ObservabilityExtensions
{
    /// <summary>Where the collector is, e.g. <c>http://localhost:4317</c>. The exporter reads the other <c>OTEL_*</c> settings itself.</summary>
    public const string CollectorSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>What a service calls itself where nobody has given it a name.</summary>
    public const string ServiceNameSetting = "OTEL_SERVICE_NAME";

    // Several lines for each request, of which metrics and traces tell better.
    private static readonly string[] Chatty = ["Microsoft.AspNetCore", "Microsoft.Extensions", "System.Net.Http", "Yarp", "Polly"];

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
        foreach (var category in Chatty.Where(category => builder.Configuration[$"Logging:LogLevel:{category}"] is null))
        {
            builder.Logging.AddFilter<OpenTelemetryLoggerProvider>(category, LogLevel.Warning);
        }

        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => NameService(resource, builder.Configuration, builder.Environment.ApplicationName))
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

    // A name of the environment is there already, and what is added later would win.
    private static void NameService(ResourceBuilder resource, IConfiguration configuration, string name)
    {
        if (string.IsNullOrWhiteSpace(configuration[ServiceNameSetting]))
        {
            resource.AddService(name);
        }
    }

    private static bool IsNoProbe(HttpContext context) =>
        !context.Request.Path.StartsWithSegments(HealthExtensions.ReadinessPath, StringComparison.Ordinal)
        && !context.Request.Path.StartsWithSegments(HealthExtensions.LivenessPath, StringComparison.Ordinal);
}
