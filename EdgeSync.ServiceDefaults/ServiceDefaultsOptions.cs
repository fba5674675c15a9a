namespace EdgeSync.ServiceDefaults;

/// <summary>What differs between services in the defaults.</summary>
public sealed class ServiceDefaultsOptions
{
    /// <summary>Whether the service reads bodies: then they are decompressed, and read to their end. False for a proxy, which passes them on as they came.</summary>
    public bool ReadsBodies { get; set; } = true;

    /// <summary>Whether access is checked before everything else. A gateway decides first whether there is such a path on this port.</summary>
    public bool ChecksAccessFirst { get; set; } = true;
}
