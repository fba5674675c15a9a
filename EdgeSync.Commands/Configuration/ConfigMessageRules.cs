using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What makes an exchange or an operator's write acceptable.</summary>
internal static class ConfigMessageRules
{
    // Counts and logical times go on from what a device sends; these bounds keep them from running over.
    private const long CountMax = 1L << 53;
    private const int LogicalMax = 1_000_000_000;

    public static FieldErrors Check(ConfigExchange exchange)
    {
        var errors = new FieldErrors();
        errors.Add("boot", exchange.Boot.Number > 0 ? null : "The boot's number is 1 or more.");
        errors.Add("knownVersion", exchange.KnownVersion >= 0 ? null : "A document version is 0 or more.");
        errors.Add("changes", exchange.Changes.Count <= Limits.ConfigEntriesMax ? null : $"At most {Limits.ConfigEntriesMax} changes at once; send the rest in the next exchange.");
        errors.Add("reports", exchange.Reports.Count <= Limits.ConfigEntriesMax ? null : $"At most {Limits.ConfigEntriesMax} reports at once; send the rest in the next exchange.");
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (i, entry) in exchange.Changes.Take(Limits.ConfigEntriesMax).Index())
        {
            var field = $"changes[{i}]";
            if (entry is null)
            {
                errors.Add(field, "An entry is missing.");
                continue;
            }

            errors.Add($"{field}.key", ConfigEntryRules.CheckKey(entry.Key) ?? (keys.Add(entry.Key) ? null : "The key is sent twice; send its last entry."));
            errors.Add($"{field}.value", entry.Value is { } value ? ConfigEntryRules.CheckValue(value) : null);
            errors.Add($"{field}.vector", CheckVector(entry));
            errors.Add($"{field}.writer", IsWriter(entry.Writer) ? null : "A writer is 'cloud', 'merge' or 'device:EPOCH'.");
            errors.Add($"{field}.base", entry.Base is { } known ? CheckBase(known) : null);
            errors.Add($"{field}.time", Microseconds.IsRepresentable(entry.Time.Wall) && entry.Time.Logical is >= 0 and <= LogicalMax ? null
                : $"A time lies in the years 1 to 9999, its logical part from 0 to {LogicalMax}.");
            errors.Add($"{field}.ruleVersion", entry.RuleVersion >= 0 ? null : "A rule version is 0 or more.");
        }

        foreach (var (i, report) in exchange.Reports.Take(Limits.ConfigEntriesMax).Index())
        {
            errors.Add($"reports[{i}]", report is null ? "A report is missing." : null);
            errors.Add($"reports[{i}].key", report is null ? null : ConfigEntryRules.CheckKey(report.Key));
            errors.Add($"reports[{i}].inForce", report?.InForce is { } inForce ? ConfigEntryRules.CheckValue(inForce) : null);
        }

        return errors;
    }

    public static FieldErrors Check(string key, ConfigWrite write)
    {
        var errors = new FieldErrors();
        errors.Add("key", ConfigEntryRules.CheckKey(key));
        errors.Add("value", ConfigEntryRules.CheckValue(write.Value));
        errors.Add("expectedVersion", write.ExpectedVersion is null or >= 0 ? null : "An expected version is 0 or more.");
        errors.Add("health", CheckHealth(write.Health, [key]));
        return errors;
    }

    public static FieldErrors Check(ConfigPatch patch)
    {
        var errors = new FieldErrors();
        CheckValues(patch.Values, patch.Health, errors);
        errors.Add("expectedVersion", patch.ExpectedVersion is null or >= 0 ? null : "An expected version is 0 or more.");
        return errors;
    }

    /// <summary>Several keys to write at once, and the condition that they are under.</summary>
    public static void CheckValues(Dictionary<string, JsonValue> values, ConfigHealth? health, FieldErrors errors)
    {
        errors.Add("values", values is { Count: >= 1 and <= Limits.ConfigEntriesMax } ? null : $"1 to {Limits.ConfigEntriesMax} keys are written at once; null deletes one.");
        foreach (var (key, value) in values.Take(Limits.ConfigEntriesMax))
        {
            var field = $"values.{key}";
            errors.Add(field, ConfigEntryRules.CheckKey(key) ?? (IsDeletion(value) ? null : ConfigEntryRules.CheckValue(value)));
            errors.Add(field, ConfigDecision.IsReserved(key) && !IsDeletion(value) ? SealedConfig.Check(key, value) : null);
        }

        errors.Add("health", CheckHealth(health, values.Keys));
    }

    /// <summary>Whether a value of several stands for a deletion.</summary>
    public static bool IsDeletion(JsonValue value) => value.ToString() == "null";

    private static string? CheckHealth(ConfigHealth? health, IEnumerable<string> keys) => health is null ? null
        : keys.Contains(PinSet.ConfigKey, StringComparer.Ordinal) ? $"{PinSet.ConfigKey} takes no condition: a device tries pins out before it goes by them."
        : ConfigEntryRules.CheckHealth(health);

    public static string? CheckCount(long keys) => keys <= Limits.ConfigKeysMax ? null
        : $"A device's configuration has at most {Limits.ConfigKeysMax} keys, deleted ones included; use keys that exist.";

    /// <summary>A merged vector may be larger than either of its parts.</summary>
    public static string? CheckVector(VersionVector vector) => vector.Count <= Limits.VectorWritersMax ? null
        : $"More than {Limits.VectorWritersMax} writers have written the key; use another key.";

    private static string? CheckVector(ConfigEntry entry) =>
        CountOf(entry) is > 0 and <= CountMax && entry.Vector[ConfigWriters.Cloud] <= CountMax && entry.Vector.ToString().Length <= VectorCharsMax ? null
            : $"A vector counts its writer's writes, from 1 to {CountMax}.";

    // A value that was made of both counts no write of its own, but includes writes of others.
    private static long CountOf(ConfigEntry entry) => entry.Writer == ConfigWriters.Merge ? entry.Vector.Count : entry.Vector[entry.Writer];

    private static string? CheckBase(ConfigBase known) => known.Vector.ToString().Length > VectorCharsMax ? "A base's vector is not longer than an entry's."
        : known.Value is { } value ? ConfigEntryRules.CheckValue(value)
        : null;

    private const int VectorCharsMax = Limits.VectorWritersMax * 64;

    private static bool IsWriter(string writer) =>
        writer is ConfigWriters.Cloud or ConfigWriters.Merge || (ConfigWriters.IsDevice(writer) && Epoch.TryParse(writer["device:".Length..], out _));
}
