using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Where a command stands, and what decides about its next step. Times are microseconds since 1970.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="ExpiresAt">When it expires unless it is delivered.</param>
/// <param name="Attempts">How often it was sent.</param>
/// <param name="LeaseUntil">How long its receipt is awaited.</param>
/// <param name="Delivery">To whom it was confirmed: the run that was told to run it.</param>
/// <param name="HeldBy">The newest run of the device program that sent a receipt of it.</param>
/// <param name="Reason">Why it ended so.</param>
/// <param name="IsProvisional">The end was made here, not by the device: a result may replace it once.</param>
/// <param name="IsLate">A result has replaced such an end.</param>
/// <param name="CompletedAt">When its end was recorded.</param>
/// <param name="Result">What its handler returned.</param>
internal sealed record CommandStatus(
    CommandState State,
    long ExpiresAt,
    int Attempts = 0,
    long? LeaseUntil = null,
    DeliveryMark? Delivery = null,
    Boot? HeldBy = null,
    string? Reason = null,
    bool IsProvisional = false,
    bool IsLate = false,
    long? CompletedAt = null,
    JsonValue? Result = null);

/// <summary>When and to which run of the device program a command was confirmed.</summary>
internal readonly record struct DeliveryMark(long At, Boot Boot, Epoch Epoch);

/// <summary>Who asks: a run of the device program, and the history of its file.</summary>
internal readonly record struct DeviceRun(Boot Boot, Epoch Epoch);
