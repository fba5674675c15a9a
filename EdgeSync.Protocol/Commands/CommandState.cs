namespace EdgeSync.Protocol;

/// <summary>Where a command stands.</summary>
public enum CommandState
{
    /// <summary>Waits for its device.</summary>
    Pending,

    /// <summary>Sent; the device has not said that it holds it.</summary>
    Leased,

    /// <summary>The device holds it and may run it. Sent again only to a later run of its program, which may at most resume it.</summary>
    Delivered,

    /// <summary>Ran and succeeded.</summary>
    Succeeded,

    /// <summary>Ran and failed, or could not be run; the error says why.</summary>
    Failed,

    /// <summary>The device cannot tell whether it ran to its end, and it may not be run twice.</summary>
    Interrupted,

    /// <summary>Not delivered in time.</summary>
    Expired,

    /// <summary>Withdrawn; the reason says why.</summary>
    Cancelled,
}

/// <summary>How a command ended on the device.</summary>
public enum CommandOutcome
{
    /// <summary>It did what it should.</summary>
    Succeeded,

    /// <summary>It did not; the error says why.</summary>
    Failed,

    /// <summary>The device stopped while it ran, or lost track of it; it was not run again.</summary>
    Interrupted,
}

/// <summary>What a device does with a command after its receipt.</summary>
public enum ReceiptVerdict
{
    /// <summary>Run it: no earlier run of the device program was told so.</summary>
    Run,

    /// <summary>Forget it: it is over.</summary>
    Drop,

    /// <summary>An earlier run of the device program was told to run it. Unless its handler may run again, report it as interrupted.</summary>
    Resume,
}
