namespace EdgeSync.AppHost;

/// <summary>Where the services find keys and certificates.</summary>
internal sealed record KeyFiles
{
    /// <summary>The fleet's CA certificates.</summary>
    public required string FleetCa { get; init; }

    /// <summary>The gateway's certificate.</summary>
    public required string Server { get; init; }

    /// <summary>Its key.</summary>
    public required string ServerKey { get; init; }

    /// <summary>The folder of the keys that sign devices' tokens.</summary>
    public required string TokenKeys { get; init; }

    /// <summary>What the gateway keeps of who may not enter.</summary>
    public required string Revocations { get; init; }

    /// <summary>The certificate that receipts are signed with.</summary>
    public required string Receipts { get; init; }

    /// <summary>Its key.</summary>
    public required string ReceiptsKey { get; init; }

    /// <summary>The issuing CA with its key.</summary>
    public required string Issuing { get; init; }

    /// <summary>The public keys of operators' tokens; null where a provider issues them.</summary>
    public string? OperatorKeySet { get; init; }

    /// <summary>As the simulator's verb <c>pki</c> makes them in a data folder.</summary>
    public static KeyFiles In(string data)
    {
        var pki = Path.Combine(data, "pki");
        return new KeyFiles
        {
            FleetCa = Path.Combine(pki, "fleet-ca.pem"),
            Server = Path.Combine(pki, "gateway.pem"),
            ServerKey = Path.Combine(pki, "gateway.key"),
            TokenKeys = Path.Combine(pki, "token-keys"),
            Revocations = Path.Combine(pki, "revocations.jws"),
            Receipts = Path.Combine(pki, "receipts.pem"),
            ReceiptsKey = Path.Combine(pki, "receipts.key"),
            Issuing = Path.Combine(pki, "issuing.pem"),
            OperatorKeySet = Path.Combine(pki, "operators.json"),
        };
    }

    /// <summary>As <see cref="ServiceShape"/> mounts them into containers.</summary>
    public static KeyFiles Mounted { get; } = new()
    {
        FleetCa = "/etc/edgesync/fleet-ca/fleet-ca.pem",
        Server = "/etc/edgesync/server/tls.crt",
        ServerKey = "/etc/edgesync/server/tls.key",
        TokenKeys = "/etc/edgesync/token-keys",
        Revocations = "/var/lib/edgesync/revocations.jws",
        Receipts = "/etc/edgesync/receipts/receipts.pem",
        ReceiptsKey = "/etc/edgesync/receipts/receipts.key",
        Issuing = "/etc/edgesync/issuing-ca/issuing.pem",
    };
}
