namespace EdgeSync.Protocol;

/// <summary>Why numbers of a stream will never come.</summary>
public enum GapReason
{
    /// <summary>Not a reason.</summary>
    None = 0,

    /// <summary>Deleted on the device before they could be sent: its file was full or they were too old.</summary>
    Retention = 1,

    /// <summary>Replaced on the device by fewer readings.</summary>
    Downsampled = 2,

    /// <summary>Set aside on the device: the control plane refused them as a whole.</summary>
    DeadLetter = 3,

    /// <summary>Altered or unreadable in the device's file.</summary>
    Corrupt = 4,
}

/// <summary>Numbers of a stream that the device declares will never come.</summary>
/// <param name="From">The first, 1 or more.</param>
/// <param name="To">The last, included.</param>
/// <param name="Reason">Why.</param>
/// <param name="DigestAfter">D(To) of the chain over what was produced.</param>
public readonly record struct Gap(long From, long To, GapReason Reason, Digest DigestAfter)
{
    /// <summary>How many numbers it covers.</summary>
    public long Count => To - From + 1;

    /// <summary>Whether a number is one of them.</summary>
    public bool Contains(long number) => From <= number && number <= To;
}
