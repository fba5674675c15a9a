namespace EdgeSync.AppHost;

/// <summary>What a container of a service is given.</summary>
/// <param name="Cpu">CPUs: requested, and at most.</param>
/// <param name="Memory">MiB: requested, and at most.</param>
/// <param name="Mounts">The keys that it needs.</param>
/// <param name="State">A folder of its own that it writes to, or null.</param>
internal sealed record ServiceShape((string Requested, string Most) Cpu, (int Requested, int Most) Memory, IReadOnlyList<KeyMount> Mounts, string? State = null)
{
    /// <summary>The user that images made by the .NET SDK run as.</summary>
    public const int UserId = 1654;

    /// <summary>How long a service that is told to stop still answers, until nobody sends it anything any more, in seconds.</summary>
    public const int PreStopSeconds = 10;

    /// <summary>How long a container has to end in all, in seconds: that, 30 s for what is under way (<c>ShutdownTimeoutSeconds</c>), and some to spare.</summary>
    public const int StopSeconds = 60;

    public static ServiceShape Gateway { get; } = new(
        ("0.1", "1"),
        (256, 1_024),
        [new("fleet-ca", "/etc/edgesync/fleet-ca", IsSecret: false), new("gateway-tls", "/etc/edgesync/server"), new("token-keys", "/etc/edgesync/token-keys")],
        "/var/lib/edgesync");

    public static ServiceShape Ingest { get; } = new(("0.2", "2"), (256, 1_024), [new("receipts-signer", "/etc/edgesync/receipts")]);

    public static ServiceShape Commands { get; } = new(("0.1", "1"), (256, 1_024), [new("issuing-ca", "/etc/edgesync/issuing-ca")]);

    public static ServiceShape Migrations { get; } = new(("0.1", "0.5"), (128, 256), []);

    public static ServiceShape Database { get; } = new(("0.5", "2"), (2_048, 4_096), []);
}

/// <summary>Files of an operator's, by the name of a Kubernetes Secret (or ConfigMap), or of a folder below <c>secrets</c> beside the Compose file.</summary>
internal sealed record KeyMount(string Name, string Folder, bool IsSecret = true);
