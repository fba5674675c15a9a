namespace EdgeSync.Protocol;

/// <summary>One command for every device that a selector names.</summary>
/// <param name="Selector">Which devices, at most <see cref="Limits.SelectedDevicesMax"/>: those registered now, whatever their state.</param>
/// <param name="Command">What each of them gets; its idempotency key is the batch's.</param>
public sealed record CreateCommandBatch(string Selector, CreateCommand Command);

/// <summary>How far a batch is.</summary>
public enum CommandBatchState
{
    /// <summary>Commands are being created.</summary>
    Creating,

    /// <summary>Every device has its command.</summary>
    Created,

    /// <summary>Withdrawn: nothing more is created, and what was open is cancelled.</summary>
    Cancelled,
}

/// <summary>A batch of commands and where it stands.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Selector">Which devices.</param>
/// <param name="Command">What each of them gets.</param>
/// <param name="State">How far it is.</param>
/// <param name="Devices">Devices that the selector named when the batch was created.</param>
/// <param name="Commands">Commands by where they stand now.</param>
/// <param name="CreatedAt">Microseconds since 1970.</param>
/// <param name="Reason">Why it was cancelled.</param>
public sealed record CommandBatchView(
    BatchId Id, string Selector, CreateCommand Command, CommandBatchState State, int Devices, CommandCounts Commands, long CreatedAt, string? Reason = null);

/// <summary>Commands by where they stand.</summary>
public sealed record CommandCounts(int Pending, int Leased, int Delivered, int Succeeded, int Failed, int Interrupted, int Expired, int Cancelled);
