namespace EdgeSync.AppHost;

/// <summary>The settings that the model gives each service, as environment variables; docs/configuration.md has every one of them. What depends on addresses is not among them.</summary>
internal static class ServiceSettings
{
    /// <summary>Where the services fetch the public keys of devices' tokens.</summary>
    public const string TokenKeySet = "DeviceTokens__KeySet";

    /// <summary>The gateway's path of them.</summary>
    public const string TokenKeysPath = "/.well-known/jwks.json";

    /// <summary>Who issues operators' tokens.</summary>
    public const string OperatorsAuthority = "Operators__Authority";

    private const string DevelopmentIssuer = "edgesync-development";

    /// <summary>Of the gateway.</summary>
    /// <param name="keys">Its files.</param>
    /// <param name="isPublish">In a container it listens on every address.</param>
    public static IEnumerable<(string Name, string Value)> Gateway(KeyFiles keys, bool isPublish) =>
    [
        .. Operators(keys),
        ("Gateway__ListenAddress", isPublish ? "Any" : "127.0.0.1"),
        ("Gateway__ManagementAddress", isPublish ? "Any" : "127.0.0.1"),
        ("Gateway__FleetCaPath", keys.FleetCa),
        ("Gateway__ServerCertificatePath", keys.Server),
        ("Gateway__ServerCertificateKeyPath", keys.ServerKey),
        ("Gateway__Tokens__SigningKeysPath", keys.TokenKeys),
        ("Gateway__Revocations__Path", keys.Revocations),
    ];

    /// <summary>Of Ingest.</summary>
    /// <param name="keys">Its files.</param>
    /// <param name="isMigrated">Whether something brings the schema up to date before it.</param>
    public static IEnumerable<(string Name, string Value)> Ingest(KeyFiles keys, bool isMigrated) =>
        [.. Operators(keys), Migrations(isMigrated), ("Ingest__Receipts__CertificatePath", keys.Receipts), ("Ingest__Receipts__KeyPath", keys.ReceiptsKey)];

    /// <summary>Of Commands.</summary>
    /// <param name="keys">Its files.</param>
    /// <param name="isMigrated">Whether something brings the schema up to date before it.</param>
    public static IEnumerable<(string Name, string Value)> Commands(KeyFiles keys, bool isMigrated) =>
        [.. Operators(keys), Migrations(isMigrated), ("Fleet__IssuingCertificatePath", keys.Issuing), ("Fleet__IssuingKeyPath", keys.Issuing)];

    private static IEnumerable<(string Name, string Value)> Operators(KeyFiles keys) =>
        keys.OperatorKeySet is { } keySet ? [("Operators__KeySet", keySet), ("Operators__Issuer", DevelopmentIssuer)] : [];

    private static (string Name, string Value) Migrations(bool isMigrated) => ("Database__Migrations", isMigrated ? "check" : "apply");
}
