namespace EdgeSync.Deploy.Tests;

/// <summary>What a service of ours looks like from outside: the settings of its ports, and the port that probes ask.</summary>
/// <param name="Name">gateway, ingest or commands.</param>
/// <param name="Ports">A port's name, and the setting that says its number or address.</param>
/// <param name="ProbePort">Plain HTTP/1.1, with <c>/health</c> and <c>/alive</c>.</param>
/// <param name="Addresses">Settings that must let others than the pod itself in, with their values.</param>
internal sealed record ServiceShape(string Name, IReadOnlyDictionary<string, string> Ports, string ProbePort, IReadOnlyDictionary<string, string> Addresses)
{
    public const string Readiness = "/health";
    public const string Liveness = "/alive";
    public const string Repository = "edgesync/";

    private static readonly ServiceShape[] All =
    [
        new(
            "gateway",
            new Dictionary<string, string> { ["device"] = "Gateway__DevicePort", ["operator"] = "Gateway__OperatorPort", ["management"] = "Gateway__ManagementPort" },
            "management",
            new Dictionary<string, string> { ["Gateway__ListenAddress"] = "Any", ["Gateway__ManagementAddress"] = "Any" }),
        Service("ingest"),
        Service("commands"),
    ];

    /// <summary>By an image's name, whatever its registry; null for images of others.</summary>
    public static ServiceShape? Of(string image)
    {
        var name = image.Split(':')[0];
        return All.FirstOrDefault(shape => name == Repository + shape.Name || name.EndsWith("/" + Repository + shape.Name, StringComparison.Ordinal));
    }

    private static ServiceShape Service(string name) => new(
        name,
        new Dictionary<string, string> { ["http"] = "Kestrel__Endpoints__Http__Url", ["h2c"] = "Kestrel__Endpoints__H2c__Url" },
        "http",
        new Dictionary<string, string> { ["Kestrel__Endpoints__Http__Protocols"] = "Http1", ["Kestrel__Endpoints__H2c__Protocols"] = "Http2" });
}
