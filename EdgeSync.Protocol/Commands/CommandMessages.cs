namespace EdgeSync.Protocol;

/// <summary>Commands for a device.</summary>
/// <param name="Commands">In the order to run them; each is leased to the device for a while.</param>
/// <param name="IntentVersion">The version that this answer reflects.</param>
/// <param name="More">Whether more are waiting.</param>
public sealed record CommandDelivery(IReadOnlyList<CommandEnvelope> Commands, long IntentVersion, bool More);

/// <summary>A command on its way to the device.</summary>
/// <param name="Id">Its identity; a device accepts an id once.</param>
/// <param name="Kind">What to do, e.g. <c>ping</c>.</param>
/// <param name="Payload">Its arguments.</param>
/// <param name="RemainingMilliseconds">Time left until it expires, by the control plane's clock.</param>
/// <param name="Attempt">How often it was sent, 1 or more.</param>
/// <param name="Traceparent">The trace in which it was created (W3C Trace Context), for who traces its run; absent where nobody recorded it.</param>
public sealed record CommandEnvelope(CommandId Id, string Kind, JsonValue Payload, long RemainingMilliseconds, int Attempt, string? Traceparent = null);

/// <summary>A device's receipt: it has stored these commands. It asks whether to run them.</summary>
/// <param name="Boot">The run of the device program.</param>
/// <param name="Epoch">The history of the device's file. A new one means that the file was lost or rolled back.</param>
/// <param name="Commands">At most <see cref="Limits.CommandReportMax"/>.</param>
public sealed record ReceiptRequest(Boot Boot, Epoch Epoch, IReadOnlyList<CommandId> Commands);

/// <summary>What to do with each command of a receipt.</summary>
/// <param name="Receipts">One for each command, in the same order.</param>
public sealed record ReceiptAnswer(IReadOnlyList<Receipt> Receipts);

/// <summary>What to do with one command.</summary>
/// <param name="Id">The command.</param>
/// <param name="Verdict">What to do.</param>
/// <param name="RemainingMilliseconds">Time left to begin it.</param>
/// <param name="State">Where it stands now; absent for one that is not known.</param>
public sealed record Receipt(CommandId Id, ReceiptVerdict Verdict, long RemainingMilliseconds, CommandState? State = null);

/// <summary>Results of commands.</summary>
/// <param name="Boot">The run of the device program.</param>
/// <param name="Epoch">The history of the device's file.</param>
/// <param name="Results">At most <see cref="Limits.CommandReportMax"/>.</param>
public sealed record ResultRequest(Boot Boot, Epoch Epoch, IReadOnlyList<CommandResult> Results);

/// <summary>How a command ended on the device.</summary>
/// <param name="Id">The command.</param>
/// <param name="Outcome">How.</param>
/// <param name="FinishedAt">The device's clock, microseconds since 1970.</param>
/// <param name="Result">What its handler returned, at most <see cref="Limits.CommandPayloadBytesMax"/> bytes; absent for nothing, which <c>null</c> is too.</param>
/// <param name="Error">Why it failed or was interrupted; absent on success.</param>
public sealed record CommandResult(CommandId Id, CommandOutcome Outcome, long FinishedAt, JsonValue? Result = null, string? Error = null);

/// <summary>The end of each command as the control plane keeps it. The device may forget a command once its result was answered.</summary>
/// <param name="Results">One for each result, in the same order.</param>
public sealed record ResultAnswer(IReadOnlyList<ResultReceipt> Results);

/// <summary>The end of one command.</summary>
/// <param name="Id">The command.</param>
/// <param name="Late">Whether the result replaced an end that the control plane had made.</param>
/// <param name="State">Where it stands now; absent for one that is not known.</param>
public sealed record ResultReceipt(CommandId Id, bool Late, CommandState? State = null);

/// <summary>An event of the event stream: there is something to pull.</summary>
/// <param name="IntentVersion">Grows with every command and configuration change for the device.</param>
public sealed record IntentEvent(long IntentVersion);
