using System.Text;

namespace EdgeSync.Protocol;

/// <summary>A configuration key as one side knows it.</summary>
/// <param name="Key">A dot path, e.g. <c>sampling.interval</c>.</param>
/// <param name="Vector">The writes that it includes.</param>
/// <param name="Time">When its value was written.</param>
/// <param name="Writer">Who wrote its value: <see cref="ConfigWriters.Cloud"/> or a device's writer id.</param>
/// <param name="RuleVersion">The rules that a merge was made under; 0 for a plain write.</param>
/// <param name="Value">Its value; absent for a deletion, whose marker stays so that an old write cannot bring it back.</param>
/// <param name="Base">What both sides had before the writer changed it; only beside a value that the control plane has not taken yet, and in the conflict log.</param>
/// <param name="Health">What must hold on the device for the value to stay in force.</param>
public sealed record ConfigEntry(
    string Key, VersionVector Vector, HybridTime Time, string Writer, int RuleVersion, JsonValue? Value = null, ConfigBase? Base = null, ConfigHealth? Health = null);

/// <summary>The last value of a key that device and control plane had in common.</summary>
/// <param name="Vector">The writes that it includes.</param>
/// <param name="Value">Absent for a key that did not exist.</param>
public sealed record ConfigBase(VersionVector Vector, JsonValue? Value = null)
{
    /// <summary>The one that includes more writes; of two that neither includes the other, always the same one.</summary>
    public static ConfigBase Greater(ConfigBase left, ConfigBase right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return left.Vector.CompareTo(right.Vector) switch
        {
            VectorOrder.After => left,
            VectorOrder.Before => right,
            VectorOrder.Equal => string.CompareOrdinal(left.Value?.Text, right.Value?.Text) >= 0 ? left : right,
            _ => string.CompareOrdinal(left.Vector.ToString(), right.Vector.ToString()) >= 0 ? left : right,
        };
    }
}

/// <summary>A condition for a value to stay in force: while its time runs, the value is on probation, and the device takes it back when the check fails.</summary>
/// <param name="Check">A check that the device's program has registered under this name.</param>
/// <param name="WithinSeconds">How long the probation takes, 1 to <see cref="Limits.ConfigProbationSecondsMax"/>: the check must not fail before its end, and must hold at its end.</param>
public sealed record ConfigHealth(string Check, int WithinSeconds);

/// <summary>Writers of configuration.</summary>
public static class ConfigWriters
{
    /// <summary>Operators, through the control plane.</summary>
    public const string Cloud = "cloud";

    /// <summary>Nobody alone: a rule made the value of both sides' values.</summary>
    public const string Merge = "merge";

    /// <summary>Keys under it are the control plane's alone; a device's write is refused.</summary>
    public const string ReservedPrefix = "edgesync.";

    /// <summary>The device, in one life of its file: a wiped or restored file draws a new epoch and so never looks old.</summary>
    public static string Device(Epoch configEpoch) => $"device:{configEpoch}";

    /// <summary>Whether the writer is a device.</summary>
    public static bool IsDevice(string writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return writer.StartsWith("device:", StringComparison.Ordinal);
    }
}

/// <summary>What makes a configuration entry acceptable.</summary>
public static class ConfigEntryRules
{
    /// <summary>What is wrong with a key, or null.</summary>
    public static string? CheckKey(string? key)
    {
        if (string.IsNullOrEmpty(key) || Encoding.UTF8.GetByteCount(key) > Limits.ConfigKeyBytesMax)
        {
            return $"A configuration key has 1 to {Limits.ConfigKeyBytesMax} bytes.";
        }

        return key.Split('.').All(part => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            ? null
            : "A configuration key is a dot path of letters, digits, '-' and '_', e.g. sampling.interval.";
    }

    /// <summary>What is wrong with a health condition, or null.</summary>
    public static string? CheckHealth(ConfigHealth health)
    {
        ArgumentNullException.ThrowIfNull(health);
        return health.Check is not { Length: >= 1 and <= Limits.ConfigKeyBytesMax } || !health.Check.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? $"A check has a name of 1 to {Limits.ConfigKeyBytesMax} letters, digits, '.', '-' and '_'."
            : health.WithinSeconds is >= 1 and <= Limits.ConfigProbationSecondsMax ? null : $"A probation takes 1 to {Limits.ConfigProbationSecondsMax} seconds.";
    }

    /// <summary>What is wrong with a value, or null.</summary>
    public static string? CheckValue(JsonValue value) =>
        value.ToString() == "null" ? "A configuration value is not null; delete the key instead."
        : Encoding.UTF8.GetByteCount(value.Text) > Limits.ConfigValueBytesMax ? $"A configuration value has at most {Limits.ConfigValueBytesMax} bytes of JSON."
        : null;
}
