using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace EdgeSync.EdgeSimulator;

/// <summary>Gateway, Ingest and Commands in this process, over real sockets.</summary>
internal sealed class InProcessControlPlane : IControlPlane
{
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
                var app = ServiceHost.Build(service, settings);
                controlPlane._started.Add(app);
                await app.StartAsync(ct);
            }

            return controlPlane;
        }
        catch (Exception e) when (e is IOException or OptionsValidationException)
        {
            // A port that was taken meanwhile, or a setting that cannot be.
            await controlPlane.DisposeAsync();
            throw new UsageException($"The control plane cannot start: {e.Message}", e);
        }
        catch
        {
            await controlPlane.DisposeAsync();
            throw;
        }
    }

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
