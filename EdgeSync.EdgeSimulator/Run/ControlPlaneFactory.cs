namespace EdgeSync.EdgeSimulator;

/// <summary>Starts the control plane that was asked for.</summary>
internal static class ControlPlaneFactory
{
    private const int ServicePorts = 5;

    public static ControlPlaneSettings Settings(DataFolder folder, DevelopmentPki pki, string database, TimeSpan? certificateLifetime = null, int devices = 0, int? devicePort = null, int? operatorPort = null)
    {
        var ports = FreePorts.Take(ServicePorts + 2);
        return new ControlPlaneSettings(
            folder.Logs,
            database,
            folder.Pki,
            pki.GatewayPins,
            certificateLifetime,
            devices,
            devicePort ?? ports[^1],
            operatorPort ?? ports[^2],
            ports[..ServicePorts]);
    }

    public static async Task<IControlPlane> StartAsync(RunOptions options, DataFolder folder, DevelopmentPki pki, string database, TimeProvider time, CancellationToken ct)
    {
        if (options.ControlPlane is var (device, operators))
        {
            return new ExternalControlPlane(device, operators);
        }

        var settings = Settings(folder, pki, database, options.CertificateLifetime, options.Devices);
        return options.ServicesApart
            ? await ControlPlaneProcesses.StartAsync(settings, time, ct)
            : await InProcessControlPlane.StartAsync(settings, ct);
    }
}
