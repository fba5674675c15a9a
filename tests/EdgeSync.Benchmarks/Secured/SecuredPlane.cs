using System.Globalization;
using System.Net;
using EdgeSync.EdgeSimulator;
using EdgeSync.Gateway;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>
/// The control plane behind its gateway, as it is deployed: gateway, Commands and instances of Ingest over one database, each a process of its own, with certificates and tokens. Limits are asked for with every request, and
/// unless they are to be the gateway's own they are so high that nobody meets them.
/// </summary>
internal sealed class SecuredPlane : IAsyncDisposable
{
    private const int PortsOfPlane = 5;
    private const int PortsOfInstance = 2;
    private const int RegistrationsAtOnce = 1_000;

    private static readonly Dictionary<string, string> Plenty = new()
    {
        [nameof(LimitOptions.DeviceTelemetryPerSecond)] = "100000",
        [nameof(LimitOptions.DeviceTelemetryBurst)] = "100000",
        [nameof(LimitOptions.DeviceReadingsPerSecond)] = "10000000",
        [nameof(LimitOptions.DeviceReadingsBurst)] = "10000000",
        [nameof(LimitOptions.FleetReadingsPerSecond)] = "10000000",
        [nameof(LimitOptions.FleetReadingsBurst)] = "10000000",
        [nameof(LimitOptions.FleetRequestsPerSecond)] = "10000000",
        [nameof(LimitOptions.FleetRequestsBurst)] = "10000000",
    };

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
    /// <param name="asItComes">With the gateway's own limits in place of those that nobody meets.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Ends waiting.</param>
    public static async Task<SecuredPlane> StartAsync(
        string connectionString, FleetPki pki, int instances, int devices, bool asItComes, TimeProvider time, CancellationToken ct)
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
                var ingest = instance.For(ControlPlaneSettings.Ingest);
                // Where limits are lifted the table is emptied before each measurement, which a sweep would take for damage.
                ingest["Ingest:VerificationRows"] = asItComes ? null : "0";
                await plane.StartAsync("EdgeSync.Ingest.dll", ingest, instance.ReadinessOf(ControlPlaneSettings.Ingest), time, ct);
                h2c.Add(own[1]);
            }

            await plane.StartAsync("EdgeSync.Gateway.dll", OfGateway(settings, h2c, asItComes), settings.ReadinessOf(ControlPlaneSettings.Gateway), time, ct);
            return plane;
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes devices known to Commands, as an operator does.</summary>
    public async Task RegisterAsync(FleetPki pki, IEnumerable<DeviceId> devices, CancellationToken ct)
    {
        using var operators = DeviceHttp.OperatorClient(pki.Authority, OperatorAddress, pki.OperatorToken);
        foreach (var chunk in devices.Chunk(RegistrationsAtOnce))
        {
            await CommandsPair.SendAsync<object>(operators, HttpMethod.Post, Routes.Devices, new DeviceRegistrations([.. chunk.Select(device => new DeviceRegistration(device, "pump"))]), null, ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _processes.Count - 1; i >= 0; i--)
        {
            await _processes[i].DisposeAsync();
        }
    }

    private static Dictionary<string, string?> OfGateway(ControlPlaneSettings settings, List<int> ingest, bool asItComes)
    {
        var gateway = settings.For(ControlPlaneSettings.Gateway);
        // One gateway's list is its own.
        gateway["Gateway:Revocations:Path"] += string.Create(CultureInfo.InvariantCulture, $".{settings.DevicePort}");
        gateway["Gateway:Tokens:Lifetime"] = "01:00:00";
        foreach (var (i, port) in ingest.Index())
        {
            gateway[string.Create(CultureInfo.InvariantCulture, $"Services:ingest:h2c:{i}")] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        }

        foreach (var (name, value) in asItComes ? [] : Plenty)
        {
            gateway[$"{LimitOptions.Section}:{name}"] = value;
        }

        return gateway;
    }

    private async Task StartAsync(string program, Dictionary<string, string?> settings, Uri health, TimeProvider time, CancellationToken ct) =>
        _processes.Add(await ServiceProcess.StartAsync(
            program, [], settings.Where(setting => setting.Value is not null).Select(setting => (setting.Key, setting.Value!)), health, new IPEndPoint(IPAddress.Loopback, 0), time, ct));
}
