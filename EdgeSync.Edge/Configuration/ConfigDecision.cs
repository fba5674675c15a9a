using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What the device makes of an entry that the control plane answers. Pure.</summary>
internal static class ConfigDecision
{
    /// <summary>
    /// Whether the device keeps its own entry and sends it: the control plane's does not include it. It is sent as it is, because the control plane merges and logs the conflict.
    /// </summary>
    public static bool KeepsOwn(ConfigEntry? ours, ConfigEntry theirs) =>
        ours is not null && !IsReserved(theirs.Key) && theirs.Vector.CompareTo(ours.Vector) is VectorOrder.Before or VectorOrder.Concurrent;

    /// <summary>
    /// Whether a write of this device was counted in a file that has gone back in time: the control plane knows a later write of the same writer, or another one with the same count.
    /// </summary>
    public static bool IsOfOlderFile(ConfigEntry ours, ConfigEntry theirs)
    {
        var (counted, known) = (ours.Vector[ours.Writer], theirs.Vector[ours.Writer]);
        return ConfigWriters.IsDevice(ours.Writer) && (known > counted || (known == counted && theirs.Writer == ours.Writer && theirs.Value != ours.Value));
    }

    public static bool IsReserved(string key) => key.StartsWith(ConfigWriters.ReservedPrefix, StringComparison.Ordinal);
}
