using System.Globalization;
using System.Net;
using EdgeSync.EdgeSimulator;
using EdgeSync.Gateway;

namespace EdgeSync.Benchmarks;

/// <summary>
/// The control plane behind its gateway, as it is deployed: gateway, Commands and instances of Ingest over one database, each a process of its own, with certificates and tokens. Limits are there and asked, and so high that
/// none is met.
/// </summary>
internal sealed class SecuredPlane : IAsyncDisposable
{
    private const int PortsOfPlane = 5;
    private const int PortsOfInstance = 2;
    private const string Plenty = "1000000";

    private readonly List<ServiceProcess> _processes = [];

    private SecuredPlane(ControlPlaneSettings settings) => (DeviceAddress, OperatorAddress) = (settings.DeviceAddress, settings.OperatorAddress);

    public Uri DeviceAddress { get; }

    public Uri OperatorAddress { get; }

    public ServiceProcess Commands => _processes[0];

    public ServiceProcess Gateway => _processes[^1];

    public IReadOnlyList<ServiceProcess> Ingest => _processes[1..^1];

    /// <summary>Starts it and waits until all of it is ready.</summary>
    /// <param name="connectionString">Of the database.</param>
    /// <param name="pki">The fleet's.</param>
    /// <param name="instances">Of Ingest.</param>
    /// <param name="devices">So many may have a request under way, and as many writes may wait in each instance of Ingest.</param>
    /// <param name="limits">Settings of the gateway in place of those that none meets.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Ends waiting.</param>
    public static async Task<SecuredPlane> StartAsync(
        string connectionString, FleetPki pki, int instances, int devices, IReadOnlyDictionary<string, string?>? limits, TimeProvider time, CancellationToken ct)
    {
        var ports = FreePorts.Take(2 + PortsOfPlane + (instances * PortsOfInstance));
        var settings = new ControlPlaneSettings(
            pki.Folder, connectionString, pki.Files.Folder, pki.GatewayPins, CertificateLifetime: null, devices, ports[0], ports[1], ports[2..(2 + PortsOfPlane)]);
        var plane = new SecuredPlane(settings);
        try
        {
            await plane.StartAsync("EdgeSync.Commands.dll", settings.For(ControlPlaneSettings.Commands), settings.ReadinessOf(ControlPlaneSettings.Commands), time, ct);
            var h2c = new List<int>();
            foreach (var own in ports[(2 + PortsOfPlane)..].Chunk(PortsOfInstance))
            {
                var instance = settings with { Ports = [settings.Ports[0], .. own, .. settings.Ports[3..]] };
                await plane.StartAsync("EdgeSync.Ingest.dll", instance.For(ControlPlaneSettings.Ingest), instance.ReadinessOf(ControlPlaneSettings.Ingest), time, ct);
                h2c.Add(own[1]);
            }

            await plane.StartAsync("EdgeSync.Gateway.dll", OfGateway(settings, h2c, limits), settings.ReadinessOf(ControlPlaneSettings.Gateway), time, ct);
            return plane;
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _processes.Count - 1; i >= 0; i--)
        {
            await _processes[i].DisposeAsync();
        }
    }

    private static Dictionary<string, string?> OfGateway(ControlPlaneSettings settings, List<int> ingest, IReadOnlyDictionary<string, string?>? limits)
    {
        var gateway = settings.For(ControlPlaneSettings.Gateway);
        // One gateway's list is its own.
        gateway["Gateway:Revocations:Path"] += string.Create(CultureInfo.InvariantCulture, $".{settings.DevicePort}");
        gateway["Gateway:Tokens:Lifetime"] = "01:00:00";
        foreach (var (i, port) in ingest.Index())
        {
            gateway[string.Create(CultureInfo.InvariantCulture, $"Services:ingest:h2c:{i}")] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        }

        foreach (var name in (string[])
        [
            nameof(LimitOptions.DeviceTelemetryPerSecond), nameof(LimitOptions.DeviceTelemetryBurst), nameof(LimitOptions.DeviceReadingsPerSecond), nameof(LimitOptions.DeviceReadingsBurst),
            nameof(LimitOptions.FleetReadingsPerSecond), nameof(LimitOptions.FleetReadingsBurst), nameof(LimitOptions.FleetRequestsPerSecond), nameof(LimitOptions.FleetRequestsBurst),
        ])
        {
            gateway[$"{LimitOptions.Section}:{name}"] = name.StartsWith("DeviceTelemetry", StringComparison.Ordinal) ? Plenty[..^1] : Plenty;
        }

        foreach (var (name, value) in limits ?? new Dictionary<string, string?>())
        {
            gateway[name] = value;
        }

        return gateway;
    }

    private async Task StartAsync(string program, Dictionary<string, string?> settings, Uri health, TimeProvider time, CancellationToken ct) =>
        _processes.Add(await ServiceProcess.StartAsync(
            program, settings.Where(setting => setting.Value is not null).Select(setting => (setting.Key, setting.Value!)), health, new IPEndPoint(IPAddress.Loopback, 0), time, ct));
}
