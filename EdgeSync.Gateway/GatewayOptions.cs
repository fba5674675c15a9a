namespace EdgeSync.Gateway;

/// <summary>Configuration section <c>Gateway</c>.</summary>
public sealed record GatewayOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Gateway";

    /// <summary>The word for every address of the machine, in <see cref="ListenAddress"/> and <see cref="ManagementAddress"/>.</summary>
    public const string AnyAddress = "Any";

    /// <summary>Where devices and operators connect: an IP address of this machine, or <c>Any</c>.</summary>
    public string ListenAddress { get; init; } = "127.0.0.1";

    /// <summary>The device port, 0 to 65535; 0 takes a free one.</summary>
    public int DevicePort { get; init; } = 8443;

    /// <summary>The operator port, 0 to 65535; 0 takes a free one.</summary>
    public int OperatorPort { get; init; } = 8444;

    /// <summary>Where probes ask for health: an IP address of this machine, or <c>Any</c>.</summary>
    public string ManagementAddress { get; init; } = "127.0.0.1";

    /// <summary>The port for health, plain HTTP, 0 to 65535; 0 takes a free one.</summary>
    public int ManagementPort { get; init; } = 8081;

    /// <summary>A PEM file: the server's certificate, then its intermediates.</summary>
    public string ServerCertificatePath { get; init; } = "";

    /// <summary>A PEM file: the private key of the server's certificate, not encrypted.</summary>
    public string ServerCertificateKeyPath { get; init; } = "";

    /// <summary>How often the two files above are read again, 1 s to 1 day: a certificate that was renewed in its place is shown from then on. One that cannot be used is logged, and the one before it stays.</summary>
    public TimeSpan ServerCertificateRefresh { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A PEM file: the fleet's CA certificates, self-signed roots and intermediates. A device certificate must end in one of these roots.</summary>
    public string FleetCaPath { get; init; } = "";

    /// <summary>Connections at once, 1 to 1,000,000. Each takes a file descriptor, and a process that runs out of them ends.</summary>
    public int ConnectionsMax { get; init; } = 18_000;

    /// <summary>Certificates whose verdict is remembered, 2 to 1,000,000. Below the number of devices, reconnecting costs more.</summary>
    public int VerdictsMax { get; init; } = 20_000;

    /// <summary>For how long after its end a certificate may still be renewed, 0 to 30 days: Commands names a revoked certificate for so long.</summary>
    public TimeSpan RenewalGrace { get; init; } = TimeSpan.FromDays(30);

    /// <summary>By how much a certificate's begin and end are stretched, because clocks differ; 0 to 1 h.</summary>
    public TimeSpan CertificateSkew { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often the names under <c>Services</c> are looked up, 1 s to 1 h, so that each address behind a name is sent its share, and a new one soon; for names that lead to every instance (a headless Service of Kubernetes).
    /// Null: a name is one destination.
    /// </summary>
    public TimeSpan? DestinationRefresh { get; init; }
}
