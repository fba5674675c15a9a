namespace EdgeSync.Edge;

/// <summary>The device's identity, or what it trusts, cannot be read; the message says which file, why, and what to do. Nothing is deleted: a key that is lost needs a person.</summary>
public sealed class DeviceIdentityException : Exception
{
    /// <summary>With nothing said.</summary>
    public DeviceIdentityException()
    {
    }

    /// <summary>Says why and what to do.</summary>
    public DeviceIdentityException(string message) : base(message)
    {
    }

    /// <summary>Says why and what to do, and what was found.</summary>
    public DeviceIdentityException(string message, Exception inner) : base(message, inner)
    {
    }
}
