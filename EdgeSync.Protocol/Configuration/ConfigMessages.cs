namespace EdgeSync.Protocol;

/// <summary>What became of a configuration value on the device.</summary>
public enum ConfigStatus
{
    /// <summary>In force while its health condition is watched.</summary>
    Probation,

    /// <summary>In force.</summary>
    Applied,

    /// <summary>Refused by the device; the reason says why. The value before it stays in force.</summary>
    Rejected,

    /// <summary>Was in force and taken back; the reason says why.</summary>
    RolledBack,
}

/// <summary>A device's part of a configuration exchange.</summary>
/// <param name="Boot">The run of the device program.</param>
/// <param name="KnownVersion">The document version that the device has in full; 0 for none.</param>
/// <param name="Changes">Keys written on the device that the control plane has not confirmed, at most <see cref="Limits.ConfigEntriesMax"/>.</param>
/// <param name="Reports">What became of values on the device since the last exchange.</param>
/// <param name="RulesVersion">The version of the rules that the device has; 0 for none.</param>
public sealed record ConfigExchange(Boot Boot, long KnownVersion, IReadOnlyList<ConfigEntry> Changes, IReadOnlyList<ConfigReport> Reports, int RulesVersion = 0);

/// <summary>What became of a value on the device.</summary>
/// <param name="Key">The key.</param>
/// <param name="Vector">The writes that the value includes.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Reason">Why, where it was not applied.</param>
/// <param name="InForce">What the device goes by now; absent for nothing.</param>
public sealed record ConfigReport(string Key, VersionVector Vector, ConfigStatus Status, string? Reason = null, JsonValue? InForce = null);

/// <summary>The control plane's part of a configuration exchange.</summary>
/// <param name="Version">The version that the device has in full once it has taken these entries; ask again while <paramref name="More"/> is true.</param>
/// <param name="Snapshot">Whether the entries begin the whole document anew: keys that are not in the snapshot's pages were forgotten, not deleted, and are sent again.</param>
/// <param name="More">Whether entries are left.</param>
/// <param name="Entries">Entries changed after the known version, and every key that the device sent, merged.</param>
/// <param name="IntentVersion">The version that this answer reflects.</param>
/// <param name="ServerTime">The control plane's clock, microseconds since 1970.</param>
/// <param name="Rules">The rules to merge by; absent when the device has them.</param>
/// <param name="DocumentHash">On the last page: <see cref="ConfigDocumentHash"/> of the whole document. A device that has another one asks for a snapshot.</param>
public sealed record ConfigAnswer(
    long Version, bool Snapshot, bool More, IReadOnlyList<ConfigEntry> Entries, long IntentVersion, long ServerTime, ConfigRuleSet? Rules = null, Digest? DocumentHash = null);

/// <summary>A value to set.</summary>
/// <param name="Value">Any JSON of at most <see cref="Limits.ConfigValueBytesMax"/> bytes.</param>
/// <param name="ExpectedVersion">The key's version that the writer saw, 0 for a key that did not exist; absent to write whatever is there.</param>
/// <param name="Health">What must hold on the device for the value to stay in force.</param>
public sealed record ConfigWrite(JsonValue Value, long? ExpectedVersion = null, ConfigHealth? Health = null);

/// <summary>Several keys to write at once, all or none (RFC 7396 for the keys of a document).</summary>
/// <param name="Values">Key to value, at most <see cref="Limits.ConfigEntriesMax"/>; <c>null</c> deletes a key.</param>
/// <param name="ExpectedVersion">The document's version that the writer saw; absent to write whatever is there.</param>
/// <param name="Health">What must hold on the device for the values to stay in force, all of them together.</param>
public sealed record ConfigPatch(Dictionary<string, JsonValue> Values, long? ExpectedVersion = null, ConfigHealth? Health = null);

/// <summary>A key of a device's configuration.</summary>
/// <param name="Entry">What is desired: its value and history.</param>
/// <param name="Version">The document version that changed it last.</param>
/// <param name="UpdatedAt">Microseconds since 1970.</param>
/// <param name="Report">What the device reported last, of this value or of one before; absent until it has reported.</param>
/// <param name="ReportedAt">When that came, microseconds since 1970.</param>
public sealed record ConfigView(ConfigEntry Entry, long Version, long UpdatedAt, ConfigReport? Report = null, long? ReportedAt = null);

/// <summary>A device's configuration.</summary>
/// <param name="Device">The device.</param>
/// <param name="Version">Grows with every change.</param>
/// <param name="Entries">Its keys in order, deletion markers left out.</param>
/// <param name="Hash"><see cref="ConfigDocumentHash"/> of the whole document.</param>
/// <param name="DeviceVersion">The version that the device had in full at its last exchange; absent until the first.</param>
/// <param name="DeviceSyncedAt">When it was told of that version, microseconds since 1970.</param>
public sealed record ConfigDocument(
    DeviceId Device, long Version, IReadOnlyList<ConfigView> Entries, Digest Hash, long? DeviceVersion = null, long? DeviceSyncedAt = null);
