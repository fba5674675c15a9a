using System.Globalization;
using EdgeSync.Gateway;
using EdgeSync.Ingest;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What the embedded control plane's services are configured with, whether they run in this process or in others.</summary>
/// <param name="Folder">Where they write their logs.</param>
/// <param name="Database">The connection string of their database.</param>
/// <param name="Pki">The folder of the development PKI.</param>
/// <param name="GatewayPins">The gateway's key and the one that comes next.</param>
/// <param name="CertificateLifetime">How long devices' certificates are valid; null for the service's own default.</param>
/// <param name="DevicePort">The gateway's port for devices.</param>
/// <param name="OperatorPort">The gateway's port for operators.</param>
/// <param name="Devices">How many devices will come: so many requests may wait in it, because what is refused comes again and costs more than what waits. 0 for the services' own limits.</param>
/// <param name="Ports">Five more: the gateway's management, and plain and h2c ports of Ingest and Commands.</param>
internal sealed record ControlPlaneSettings(
    string Folder, string Database, string Pki, IReadOnlyList<string> GatewayPins, TimeSpan? CertificateLifetime, int Devices, int DevicePort, int OperatorPort, int[] Ports)
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
    public Dictionary<string, string?> For(string service)
    {
        var files = new PkiFiles(Pki);
        var settings = new Dictionary<string, string?>
        {
            ["Operators:KeySet"] = files.OperatorKeySet,
            ["Operators:Issuer"] = OperatorTokens.Issuer,
            ["Operators:Audience"] = OperatorTokens.Audience,
        };
        switch (service)
        {
            case Gateway:
                AddGateway(settings, files);
                break;
            case Ingest:
                AddService(settings, Ports[1], Ports[2]);
                AtLeast(settings, "Ingest:QueueWritesMax", new IngestOptions().QueueWritesMax, 2 * Devices);
                settings["Ingest:Receipts:CertificatePath"] = files.Receipts;
                settings["Ingest:Receipts:KeyPath"] = files.ReceiptsKey;
                break;
            default:
                AddService(settings, Ports[3], Ports[4]);
                AddFleet(settings, files);
                AddConfigRules(settings);
                break;
        }

        return settings;
    }

    private void AddGateway(Dictionary<string, string?> settings, PkiFiles files)
    {
        settings["Gateway:ListenAddress"] = "127.0.0.1";
        settings["Gateway:DevicePort"] = Text(DevicePort);
        settings["Gateway:OperatorPort"] = Text(OperatorPort);
        settings["Gateway:ManagementAddress"] = "127.0.0.1";
        settings["Gateway:ManagementPort"] = Text(Ports[0]);
        settings["Gateway:FleetCaPath"] = files.Authority;
        settings["Gateway:ServerCertificatePath"] = files.Gateway;
        settings["Gateway:ServerCertificateKeyPath"] = files.GatewayKey;
        settings["Gateway:Tokens:SigningKeysPath"] = files.TokenKeys;
        settings["Gateway:Revocations:Path"] = files.Revocations;
        AtLeast(settings, $"{LimitOptions.Section}:{nameof(LimitOptions.LiveInFlight)}", new LimitOptions().LiveInFlight, Devices);
        AtLeast(settings, $"{LimitOptions.Section}:{nameof(LimitOptions.BacklogInFlight)}", new LimitOptions().BacklogInFlight, Devices);
        AtLeast(settings, $"{LimitOptions.Section}:{nameof(LimitOptions.ControlInFlight)}", new LimitOptions().ControlInFlight, 3 * Devices);
        settings["Services:ingest:h2c:0"] = Origin(Ports[2]);
        settings["Services:commands:h2c:0"] = Origin(Ports[4]);
    }

    private static void AtLeast(Dictionary<string, string?> settings, string key, int usual, int least)
    {
        if (least > usual)
        {
            settings[key] = Text(least);
        }
    }

    private void AddService(Dictionary<string, string?> settings, int http, int h2c)
    {
        settings["ConnectionStrings:edgesync"] = Database;
        settings["DeviceTokens:KeySet"] = new Uri(ManagementOf(Gateway), Routes.TokenKeys).ToString();
        settings["Kestrel:Endpoints:Http:Url"] = Origin(http);
        settings["Kestrel:Endpoints:Http:Protocols"] = "Http1";
        settings["Kestrel:Endpoints:H2c:Url"] = Origin(h2c);
        settings["Kestrel:Endpoints:H2c:Protocols"] = "Http2";
    }

    private void AddFleet(Dictionary<string, string?> settings, PkiFiles files)
    {
        settings["Fleet:IssuingCertificatePath"] = files.Issuing;
        settings["Fleet:IssuingKeyPath"] = files.Issuing;
        foreach (var (i, pin) in GatewayPins.Index())
        {
            settings[$"Fleet:GatewayPins:{i}"] = pin;
        }

        if (CertificateLifetime is { } lifetime)
        {
            settings["Fleet:CertificateLifetime"] = lifetime.ToString("c", CultureInfo.InvariantCulture);
        }
    }

    private static void AddConfigRules(Dictionary<string, string?> settings)
    {
        settings["Commands:ConfigRulesVersion"] = Text(SharedConfig.RulesVersion);
        foreach (var (i, rule) in SharedConfig.Rules.Index())
        {
            settings[$"Commands:ConfigRules:{i}:Pattern"] = rule.Pattern;
            settings[$"Commands:ConfigRules:{i}:Rule"] = Words.Of(rule.Rule);
        }
    }

    private Uri ManagementOf(string service) => Address("http", Ports[service switch { Gateway => 0, Ingest => 1, _ => 3 }]);

    private static Uri Address(string scheme, int port) => new(string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}"));

    private static string Origin(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
