using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>How a list of the fleet is ordered.</summary>
internal enum FleetOrder
{
    /// <summary>By their ids.</summary>
    Device,

    /// <summary>Those whose oldest waiting reading is the oldest first, those without any last.</summary>
    Oldest,

    /// <summary>Those with the most waiting readings first.</summary>
    Pending,

    /// <summary>Those that were heard the longest ago first, those never heard before them.</summary>
    Seen,
}

/// <summary>Which devices of the fleet are meant, and in what order. Pure.</summary>
/// <param name="Health">How they are; null for any.</param>
/// <param name="Reason">Why they are not syncing; null for any.</param>
/// <param name="Search">What their name or id contains; null for anything.</param>
/// <param name="Selector">Whom a selector names; null for all.</param>
/// <param name="Order">How they are ordered.</param>
internal sealed record FleetFilter(DeviceHealth? Health, string? Reason, string? Search, LabelSelector? Selector, FleetOrder Order)
{
    public bool Matches(FleetRow row, DeviceHealth health, IReadOnlyDictionary<string, string> labels) =>
        (Health is not { } wanted || wanted == health)
        && (Reason is null || Reason == row.Reason)
        && (Search is null || row.Name.Contains(Search, StringComparison.OrdinalIgnoreCase) || row.Id.ToString().Contains(Search, StringComparison.OrdinalIgnoreCase))
        && Selector?.Matches(labels) != false;

    /// <summary>The device's place in the order.</summary>
    public FleetCursor CursorOf(FleetRow row) => new(
        Order switch
        {
            FleetOrder.Oldest => row.OldestPendingAt ?? long.MaxValue,
            FleetOrder.Pending => -(row.PendingRecords ?? 0),
            FleetOrder.Seen => row.LastSeenAt ?? 0,
            _ => 0,
        },
        row.Id);
}

/// <summary>A place in a list of the fleet: what it is ordered by, then the device.</summary>
internal readonly record struct FleetCursor(long Key, DeviceId Device) : IComparable<FleetCursor>
{
    public static bool TryParse(string? text, out FleetCursor cursor)
    {
        cursor = default;
        if (text?.IndexOf('_', StringComparison.Ordinal) is not (> 0 and var bar)
            || !long.TryParse(text.AsSpan(0, bar), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var key)
            || !DeviceId.TryParse(text[(bar + 1)..], out var device))
        {
            return false;
        }

        cursor = new FleetCursor(key, device);
        return true;
    }

    public int CompareTo(FleetCursor other) => Key == other.Key ? Device.CompareTo(other.Device) : Key.CompareTo(other.Key);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Key}_{Device}");
}
