namespace EdgeSync.ServiceDefaults;

/// <summary>What differs between services in the defaults.</summary>
public sealed class ServiceDefaultsOptions
{
    /// <summary>Whether the service reads bodies: then they are decompressed, and read to their end. False for a proxy, which passes them on as they came.</summary>
    public bool ReadsBodies { get; set; } = true;
}
