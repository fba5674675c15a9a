using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Where a command stands, and what decides about its next step. Times are microseconds since 1970.</summary>
/// <param name="IsProvisional">The end was made here, not by the device: a result may replace it once.</param>
/// <param name="IsLate">A result has replaced such an end.</param>
/// <param name="Attempts">How often it was sent.</param>
internal sealed record CommandStatus(
    CommandState State,
    long ExpiresAt,
    int Attempts = 0,
    long? LeaseUntil = null,
    DeliveryMark? Delivery = null,
    string? Reason = null,
    bool IsProvisional = false,
    bool IsLate = false,
    long? CompletedAt = null,
    JsonValue? Result = null);

/// <summary>When and to which run of the device program a command was confirmed.</summary>
internal readonly record struct DeliveryMark(long At, Boot Boot, Epoch Epoch);
