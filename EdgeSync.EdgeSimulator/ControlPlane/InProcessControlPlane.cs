using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace EdgeSync.EdgeSimulator;

/// <summary>Gateway, Ingest and Commands in this process, over real sockets.</summary>
internal sealed class InProcessControlPlane : IControlPlane
{
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(100);

    private readonly ControlPlaneSettings _settings;
    private readonly List<WebApplication> _started = [];

    private InProcessControlPlane(ControlPlaneSettings settings) => _settings = settings;

    public Uri DeviceAddress => _settings.DeviceAddress;

    public Uri OperatorAddress => _settings.OperatorAddress;

    public ProcessUsage OtherProcesses => default;

    public static async Task<InProcessControlPlane> StartAsync(ControlPlaneSettings settings, CancellationToken ct)
    {
        var controlPlane = new InProcessControlPlane(settings);
        try
        {
            foreach (var service in ControlPlaneSettings.Services)
            {
                var app = await BuildAsync(service, settings);
                controlPlane._started.Add(app);
                await app.StartAsync(ct);
                await ReadyAsync(app, ct);
            }

            return controlPlane;
        }
        catch (IOException e)
        {
            // A port that was taken meanwhile.
            await controlPlane.DisposeAsync();
            throw new UsageException($"The control plane cannot start: {e.Message}", e);
        }
        catch
        {
            await controlPlane.DisposeAsync();
            throw;
        }
    }

    // A host that finds a setting wrong at its start has nothing yet that could be stopped, and hides that behind another error.
    private static async Task<WebApplication> BuildAsync(string service, ControlPlaneSettings settings)
    {
        WebApplication? app = null;
        try
        {
            app = ServiceHost.Build(service, settings, exports: false);
            app.Services.GetService<IStartupValidator>()?.Validate();
            return app;
        }
        catch (Exception e) when (e is OptionsValidationException or AggregateException or InvalidOperationException)
        {
            await (app?.DisposeAsync() ?? default);
            throw new UsageException($"The control plane cannot start: {e.Message}{(e is InvalidOperationException { InnerException: { } inner } ? $" {inner.Message}" : "")}", e);
        }
    }

    // As a probe would, but for a list of revocations that is too old: with that the gateway is Degraded, and lets nobody in.
    private static async Task ReadyAsync(WebApplication app, CancellationToken ct)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        var health = app.Services.GetRequiredService<HealthCheckService>();
        while ((await health.CheckHealthAsync(ct)).Entries.Any(check => check.Value.Status is not HealthStatus.Healthy && !IsOfANewerProgram(check.Key, check.Value.Status)))
        {
            await Task.Delay(ReadyPoll, time, ct);
        }
    }

    private static bool IsOfANewerProgram(string check, HealthStatus status) => check == DatabaseExtensions.SchemaCheck && status is HealthStatus.Degraded;

    public async ValueTask DisposeAsync()
    {
        // The gateway first, so that nothing is sent to a service that is going.
        foreach (var app in Enumerable.Reverse(_started))
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        _started.Clear();
    }
}
