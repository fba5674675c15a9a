namespace EdgeSync.Protocol;

/// <summary>A command to create.</summary>
/// <param name="Kind">What to do: lower-case words with hyphens, at most <see cref="Limits.CommandKindBytesMax"/> bytes.</param>
/// <param name="Payload">Its arguments, at most <see cref="Limits.CommandPayloadBytesMax"/> bytes; <c>null</c> when absent.</param>
/// <param name="ExpiresInSeconds">How long it may wait for its device; a day when absent.</param>
/// <param name="IdempotencyKey">The same key for the same device is the same command, however often it is sent.</param>
/// <param name="Priority">Lower comes first; 100 when absent.</param>
/// <param name="Supersedes">A name for what the command is about, at most <see cref="Limits.IdempotencyKeyBytesMax"/> bytes: it cancels earlier commands of the same name that the device does not hold yet.</param>
public sealed record CreateCommand(
    string Kind, JsonValue? Payload = null, int? ExpiresInSeconds = null, string? IdempotencyKey = null, int? Priority = null, string? Supersedes = null);

/// <summary>Why a command is withdrawn.</summary>
/// <param name="Reason">For people, at most 256 characters.</param>
public sealed record CancelCommand(string Reason);

/// <summary>A command and where it stands.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Device">Its device.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Payload">Its arguments.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Late">Whether the device's result replaced an end that the control plane had made.</param>
/// <param name="Attempts">How often it was sent.</param>
/// <param name="Priority">Lower comes first.</param>
/// <param name="CreatedAt">Microseconds since 1970, as every time here.</param>
/// <param name="ExpiresAt">When it expires unless it is delivered.</param>
/// <param name="Reason">Why it was cancelled, failed or was interrupted.</param>
/// <param name="DeliveredAt">When the device said that it holds it.</param>
/// <param name="CompletedAt">When its end was recorded.</param>
/// <param name="Result">What its handler returned.</param>
/// <param name="Supersedes">What it is about, and so what it supersedes.</param>
/// <param name="Batch">The batch that it was created by.</param>
public sealed record CommandView(
    CommandId Id,
    DeviceId Device,
    string Kind,
    JsonValue Payload,
    CommandState State,
    bool Late,
    int Attempts,
    int Priority,
    long CreatedAt,
    long ExpiresAt,
    string? Reason = null,
    long? DeliveredAt = null,
    long? CompletedAt = null,
    JsonValue? Result = null,
    string? Supersedes = null,
    BatchId? Batch = null);
