namespace EdgeSync.Edge;

/// <summary>The device's file or disk has no room: nothing of what was given was stored. The message says what to do.</summary>
public sealed class DeviceFullException : IOException
{
    /// <summary>With nothing said.</summary>
    public DeviceFullException()
    {
    }

    /// <summary>Says what found no room, and what to do.</summary>
    public DeviceFullException(string message) : base(message)
    {
    }

    /// <summary>Says what found no room, what to do, and what the database said.</summary>
    public DeviceFullException(string message, Exception inner) : base(message, inner)
    {
    }
}
