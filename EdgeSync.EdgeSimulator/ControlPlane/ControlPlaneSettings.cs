using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>What the embedded control plane's services are configured with, whether they run in this process or in others.</summary>
/// <param name="Folder">Where they write their logs.</param>
/// <param name="Database">The connection string of their database.</param>
/// <param name="AuthorityPath">The fleet CA, PEM.</param>
/// <param name="CertificatePath">The gateway's certificate, PEM.</param>
/// <param name="KeyPath">The gateway's key, PEM.</param>
/// <param name="DevicePort">The gateway's port for devices.</param>
/// <param name="OperatorPort">The gateway's port for operators.</param>
/// <param name="Ports">Five more: the gateway's management, and plain and h2c ports of Ingest and Commands.</param>
internal sealed record ControlPlaneSettings(
    string Folder, string Database, string AuthorityPath, string CertificatePath, string KeyPath, int DevicePort, int OperatorPort, int[] Ports)
{
    public const string Gateway = "gateway";
    public const string Ingest = "ingest";
    public const string Commands = "commands";

    /// <summary>The services in the order to start them.</summary>
    public static readonly IReadOnlyList<string> Services = [Ingest, Commands, Gateway];

    public Uri DeviceAddress => Address("https", DevicePort);

    public Uri OperatorAddress => Address("https", OperatorPort);

    /// <summary>Where a service says that it is ready.</summary>
    public Uri ReadinessOf(string service) => new(ManagementOf(service), "/health");

    /// <summary>Where it answers as soon as it listens, whatever it needs.</summary>
    public Uri LivenessOf(string service) => new(ManagementOf(service), "/alive");

    /// <summary>A service's configuration keys and values.</summary>
    public Dictionary<string, string?> For(string service) => service == Gateway
        ? new()
        {
            ["Gateway:ListenAddress"] = "127.0.0.1",
            ["Gateway:DevicePort"] = Text(DevicePort),
            ["Gateway:OperatorPort"] = Text(OperatorPort),
            ["Gateway:ManagementAddress"] = "127.0.0.1",
            ["Gateway:ManagementPort"] = Text(Ports[0]),
            ["Gateway:FleetCaPath"] = AuthorityPath,
            ["Gateway:ServerCertificatePath"] = CertificatePath,
            ["Gateway:ServerCertificateKeyPath"] = KeyPath,
            ["Services:ingest:h2c:0"] = Origin(Ports[2]),
            ["Services:commands:h2c:0"] = Origin(Ports[4]),
        }
        : new()
        {
            ["ConnectionStrings:edgesync"] = Database,
            ["Kestrel:Endpoints:Http:Url"] = Origin(Ports[service == Ingest ? 1 : 3]),
            ["Kestrel:Endpoints:Http:Protocols"] = "Http1",
            ["Kestrel:Endpoints:H2c:Url"] = Origin(Ports[service == Ingest ? 2 : 4]),
            ["Kestrel:Endpoints:H2c:Protocols"] = "Http2",
        };

    private Uri ManagementOf(string service) => Address("http", Ports[service switch { Gateway => 0, Ingest => 1, _ => 3 }]);

    private static Uri Address(string scheme, int port) => new(string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}"));

    private static string Origin(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
