namespace EdgeSync.Protocol;

/// <summary>What a device may do.</summary>
public enum DeviceState
{
    /// <summary>It syncs.</summary>
    Active,

    /// <summary>An operator has stopped it.</summary>
    Disabled,

    /// <summary>Its certificate was used by two machines at once: the control plane has stopped it until an operator decides.</summary>
    Quarantined,
}

/// <summary>Devices to register; those known already keep their state and take the new name and labels.</summary>
/// <param name="Devices">At most 1,000.</param>
public sealed record DeviceRegistrations(IReadOnlyList<DeviceRegistration> Devices);

/// <summary>A device to register.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">A name for people, at most 128 characters.</param>
/// <param name="Labels">Words to select devices by; absent for none.</param>
public sealed record DeviceRegistration(DeviceId Id, string Name, Dictionary<string, string>? Labels = null);

/// <summary>A registered device.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">A name for people.</param>
/// <param name="State">What it may do.</param>
/// <param name="Labels">Words to select devices by.</param>
/// <param name="CreatedAt">Microseconds since 1970.</param>
/// <param name="StateReason">Why it was stopped, or let in again.</param>
public sealed record DeviceView(DeviceId Id, string Name, DeviceState State, Dictionary<string, string> Labels, long CreatedAt, string? StateReason = null);
