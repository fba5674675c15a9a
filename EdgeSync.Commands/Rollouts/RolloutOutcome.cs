using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>A key of a rollout as it stands for a device.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entry">What is desired; null for a key that there is not.</param>
/// <param name="Version">The document version that changed it last.</param>
/// <param name="Report">What the device has reported last.</param>
internal sealed record RolloutKey(string Key, ConfigEntry? Entry, long Version, ConfigReport? Report);

/// <summary>What became of a rollout's change on a device. Pure.</summary>
internal static class RolloutOutcome
{
    /// <summary>Applied once every key is; failed once one is not; null while the device has not said.</summary>
    /// <param name="values">What was rolled out.</param>
    /// <param name="written">The document version that the change made.</param>
    /// <param name="keys">The rollout's keys as they stand now.</param>
    public static (RolloutDeviceState State, string? Reason)? Of(IReadOnlyDictionary<string, JsonValue> values, long written, IReadOnlyList<RolloutKey> keys)
    {
        var outcomes = values.Select(pair => Of(pair.Key, pair.Value, written, keys.FirstOrDefault(key => key.Key == pair.Key))).ToList();
        return outcomes.FirstOrDefault(outcome => outcome?.State == RolloutDeviceState.Failed)
            ?? (outcomes.TrueForAll(outcome => outcome is not null) ? (RolloutDeviceState.Applied, null) : null);
    }

    private static (RolloutDeviceState State, string? Reason)? Of(string key, JsonValue value, long written, RolloutKey? now)
    {
        if (now?.Entry is not { } entry)
        {
            // Deleted where there was nothing.
            return ConfigMessageRules.IsDeletion(value) ? (RolloutDeviceState.Applied, null) : (RolloutDeviceState.Failed, $"{key} is gone.");
        }

        // What was written since, by the device or an operator, may say the same; a sealed value never does, since no two signatures are the same.
        if (now.Version > written && (entry.Value ?? JsonValue.Null) != value)
        {
            return (RolloutDeviceState.Failed, $"{key} was written anew before the device had applied it.");
        }

        if (now.Report is not { } report || report.Vector.CompareTo(entry.Vector) is not (VectorOrder.Equal or VectorOrder.After))
        {
            return ConfigWriters.IsDevice(entry.Writer) ? (RolloutDeviceState.Applied, null) : null;
        }

        return report.Status switch
        {
            ConfigStatus.Applied => (RolloutDeviceState.Applied, null),
            ConfigStatus.Probation => null,
            var status => (RolloutDeviceState.Failed, Texts.Cut($"{key}: {Words.Of(status)}: {report.Reason}", 256)),
        };
    }
}
