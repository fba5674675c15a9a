namespace EdgeSync.Edge;

/// <summary>The device's file cannot be used; the message says why and what to do.</summary>
public sealed class DeviceDatabaseException : Exception
{
    /// <summary>With nothing said.</summary>
    public DeviceDatabaseException()
    {
    }

    /// <summary>Says why and what to do.</summary>
    public DeviceDatabaseException(string message) : base(message)
    {
    }

    /// <summary>Says why and what to do, and what the database said.</summary>
    public DeviceDatabaseException(string message, Exception inner) : base(message, inner)
    {
    }
}
