namespace EdgeSync.Protocol;

/// <summary>Two concurrent writes of a key and what became of them.</summary>
/// <param name="Id">A hash of device, key and both vectors.</param>
/// <param name="Device">The device.</param>
/// <param name="Winner">The entry whose value was kept; of a value that was made of both, the later entry.</param>
/// <param name="Loser">The other entry.</param>
/// <param name="Rule">The rule that decided.</param>
/// <param name="RuleVersion">Its rule set.</param>
/// <param name="ResolvedAt">When it was decided, microseconds since 1970.</param>
/// <param name="Kept">The value that was kept; absent for a deletion.</param>
/// <param name="Resolver">The custom resolver that decided, where the rule is <see cref="ConfigRule.Custom"/>.</param>
/// <param name="DecidedBy">The instance of the control plane that decided.</param>
/// <param name="Resolution">What an operator has decided since.</param>
public sealed record ConflictView(
    string Id,
    DeviceId Device,
    ConfigEntry Winner,
    ConfigEntry Loser,
    ConfigRule Rule,
    int RuleVersion,
    long ResolvedAt,
    JsonValue? Kept = null,
    string? Resolver = null,
    string? DecidedBy = null,
    ConflictResolution? Resolution = null);

/// <summary>What an operator has decided about a conflict.</summary>
/// <param name="Version">The document version that the decision wrote.</param>
/// <param name="ResolvedAt">Microseconds since 1970.</param>
/// <param name="Value">The value that was written; absent for a deletion.</param>
/// <param name="Note">Why, for people.</param>
public sealed record ConflictResolution(long Version, long ResolvedAt, JsonValue? Value = null, string? Note = null);

/// <summary>Which of a conflict's values to write.</summary>
public enum ConflictPick
{
    /// <summary>The one that was kept.</summary>
    Winner,

    /// <summary>The other one.</summary>
    Loser,
}

/// <summary>An operator's decision about a conflict, which writes a new version of the key. Either a pick or a value.</summary>
/// <param name="Pick">One of the two values; a deletion deletes.</param>
/// <param name="Value">Another value.</param>
/// <param name="ExpectedVersion">The key's version that the operator saw; absent to write whatever is there.</param>
/// <param name="Note">Why, at most 256 characters.</param>
public sealed record ResolveConflict(ConflictPick? Pick = null, JsonValue? Value = null, long? ExpectedVersion = null, string? Note = null);

/// <summary>Asks what logged conflicts would have become under other rules. Changes nothing.</summary>
/// <param name="Patterns">The rules to try.</param>
/// <param name="Device">Only this device's conflicts.</param>
/// <param name="Key">Only conflicts of keys that match, with <c>*</c> for any characters.</param>
/// <param name="From">Only those decided at this time or later, microseconds since 1970.</param>
/// <param name="To">Only those decided before this time.</param>
/// <param name="After">The <c>next</c> of the answer before.</param>
public sealed record ConflictReplay(
    IReadOnlyList<ConfigRulePattern> Patterns, DeviceId? Device = null, string? Key = null, long? From = null, long? To = null, string? After = null);

/// <summary>What conflicts would have become.</summary>
/// <param name="Examined">Conflicts looked at for this answer, the newest first.</param>
/// <param name="Different">Those of them that would have kept another value.</param>
/// <param name="Next">Pass it as <c>after</c> to go on; absent when none is left.</param>
public sealed record ConflictReplayAnswer(int Examined, IReadOnlyList<ReplayedConflict> Different, string? Next = null);

/// <summary>A conflict that other rules would have decided otherwise.</summary>
/// <param name="Conflict">The conflict as it was decided.</param>
/// <param name="Rule">The rule that would decide.</param>
/// <param name="WouldKeep">The value that it would keep; absent for a deletion.</param>
public sealed record ReplayedConflict(ConflictView Conflict, ConfigRule Rule, JsonValue? WouldKeep = null);
