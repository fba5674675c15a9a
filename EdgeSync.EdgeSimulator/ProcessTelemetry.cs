using EdgeSync.ServiceDefaults;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Exports the traces and metrics of everything in this process, where a collector is configured: devices, and the services that share it. Sources and meters belong to the process, so one exporter
/// is enough, and one for each service would say everything several times. A service in a process of its own exports by itself.
/// </summary>
internal sealed class ProcessTelemetry : IDisposable
{
    private const string Ours = "EdgeSync.*";
    private const string Npgsql = "Npgsql";

    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    private ProcessTelemetry(string service)
    {
        var resource = ResourceBuilder.CreateDefault();
        if (string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(ObservabilityExtensions.ServiceNameSetting)))
        {
            resource.AddService(service);
        }

        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
            .AddSource(Ours).AddSource(Npgsql).AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddOtlpExporter().Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource)
            .AddMeter(Ours).AddMeter(Npgsql).AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation().AddOtlpExporter().Build();
    }

    /// <summary>Exports until it is disposed; null where no collector is configured.</summary>
    /// <param name="service">What the process is called, unless the environment gives it a name.</param>
    public static ProcessTelemetry? Start(string service) =>
        string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(ObservabilityExtensions.CollectorSetting)) ? null : new ProcessTelemetry(service);

    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }
}
