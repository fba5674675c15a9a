using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What was logged of a conflict.</summary>
internal sealed record LoggedConflict(string Id, string Key, ConfigEntry Winner, ConfigEntry Loser, ConfigRule Rule, int RuleVersion, JsonValue? Kept);

/// <summary>
/// Whether the conflict log of one key of one device has every pair of concurrent writes that met, once, and nothing else; docs/simulator.md argues why it is complete. Pure.
/// </summary>
internal static class ConflictAudit
{
    /// <summary>Checks a key of a device.</summary>
    /// <param name="place">How sentences name it.</param>
    /// <param name="device">The device.</param>
    /// <param name="writes">What the journals know of it; null for a key that they do not know: its log is checked for soundness alone, as a rolled back device's.</param>
    /// <param name="log">Its conflicts.</param>
    /// <param name="final">What the control plane has in the end.</param>
    /// <param name="rules">The rules that there were, by version.</param>
    /// <param name="rolledBack">Whether the device's file went back in time: what was lost with it had been counted, and the same counts stand for other writes.</param>
    /// <param name="result">Takes what was counted and what is wrong.</param>
    public static void Check(
        string place,
        DeviceId device,
        KeyWrites? writes,
        IReadOnlyList<LoggedConflict> log,
        ConfigEntry? final,
        IReadOnlyDictionary<int, ConfigRuleSet> rules,
        bool rolledBack,
        AuditResult result)
    {
        result.ConflictsLogged += log.Count;
        var sound = new List<Met>();
        foreach (var conflict in log)
        {
            var problem = FindUnsound(device, conflict, rules, out var kept);
            if (problem is not null)
            {
                Wrong(place, conflict, problem, result);
            }
            else
            {
                sound.Add(Met.Of(conflict, kept!));
            }
        }

        foreach (var twice in sound.GroupBy(met => met.Conflict.Id).Where(same => same.Count() > 1))
        {
            Wrong(place, twice.First().Conflict, $"is logged {twice.Count()} times", result);
        }

        if (writes is null)
        {
            return;
        }

        foreach (var lost in writes.Panel.Concat(writes.Operators).Where(entry => entry.Vector[entry.Writer] > (final?.Vector[entry.Writer] ?? 0)))
        {
            result.Differ($"{place}: the write {lost.Vector} was acknowledged, and the final {final?.Vector ?? VersionVector.Empty} does not count it");
        }

        if (rolledBack)
        {
            return;
        }

        if (KeyHistory.TryOrder(writes, final?.Vector ?? VersionVector.Empty, out var disorder) is not { } history)
        {
            result.Differ($"{place}: {disorder}");
            return;
        }

        CheckLog(place, history, sound, result);
        CheckMissing(place, history, sound, final, result);
        if (final is not null && !IsState(final, history, sound))
        {
            result.Differ($"{place}: the final {final.Vector} with {Describe(final.Value)} was neither written nor made by a logged conflict");
        }
    }

    private static string? FindUnsound(DeviceId device, LoggedConflict conflict, IReadOnlyDictionary<int, ConfigRuleSet> rules, out ConfigEntry? kept)
    {
        kept = null;
        var (winner, loser) = (conflict.Winner, conflict.Loser);
        if (winner.Key != conflict.Key || loser.Key != conflict.Key)
        {
            return $"is of {winner.Key} and {loser.Key}";
        }

        if (winner.Vector.CompareTo(loser.Vector) != VectorOrder.Concurrent)
        {
            return $"is none: one of {winner.Vector} and {loser.Vector} includes the other";
        }

        if (conflict.Id != ConfigMerge.ConflictId(device, conflict.Key, winner.Vector, loser.Vector))
        {
            return "has another id than its device, key and vectors give";
        }

        if (!rules.TryGetValue(conflict.RuleVersion, out var set))
        {
            return $"was decided by version {conflict.RuleVersion} of the rules, which there was not";
        }

        if (set.RuleFor(conflict.Key) != conflict.Rule)
        {
            return $"was decided by {Words.Of(conflict.Rule)} where version {set.Version} says {Words.Of(set.RuleFor(conflict.Key))}";
        }

        kept = ConfigMerge.Merge(device, winner, loser, set).Entry;
        return conflict.Kept == kept.Value ? null : $"kept {Describe(conflict.Kept)} where {Words.Of(conflict.Rule)} keeps {Describe(kept.Value)}";
    }

    private static void CheckLog(string place, KeyHistory history, List<Met> log, AuditResult result)
    {
        foreach (var met in log)
        {
            var number = KeyHistory.PanelNumber(met.Sent.Vector);
            if (!history.IsPanelWrite(met.Sent))
            {
                Wrong(place, met.Conflict, $"has {met.Sent.Vector} with {Describe(met.Sent.Value)}, which no panel wrote", result);
            }
            else if (!IsState(met.Stored, history, log))
            {
                Wrong(place, met.Conflict, $"has {met.Stored.Vector} with {Describe(met.Stored.Value)}, which the control plane never had", result);
            }
            else if (!IsBase(met.Sent, met, history, log) || !IsBase(met.Stored, met, history, log))
            {
                Wrong(place, met.Conflict, "was decided against a base that both sides never had", result);
            }
            else if (!history.MayMeet(number) || !history.CanMeet(met.Stored.Vector, number))
            {
                Wrong(place, met.Conflict, $"is none: {met.Sent.Vector} never met {met.Stored.Vector}", result);
            }
        }

        foreach (var twice in log.GroupBy(met => KeyHistory.PanelNumber(met.Sent.Vector)).Where(same => same.DistinctBy(met => met.Conflict.Id).Count() > 1))
        {
            Wrong(place, twice.First().Conflict, $"and another one have the panel's write {twice.First().Sent.Vector}, which was merged once", result);
        }

        var inOrder = log.DistinctBy(met => met.Conflict.Id).OrderBy(met => KeyHistory.PanelNumber(met.Sent.Vector)).ToList();
        foreach (var (before, after) in inOrder.Zip(inOrder.Skip(1)).Where(pair => KeyHistory.PanelNumber(pair.Second.Stored.Vector) < KeyHistory.PanelNumber(pair.First.Sent.Vector)))
        {
            Wrong(place, after.Conflict, $"has {after.Stored.Vector}, though {before.Sent.Vector} of another conflict was merged before", result);
        }
    }

    private static void CheckMissing(string place, KeyHistory history, List<Met> log, ConfigEntry? final, AuditResult result)
    {
        var logged = log.Select(met => KeyHistory.PanelNumber(met.Sent.Vector)).ToHashSet();
        var had = log.Select(met => KeyHistory.PanelNumber(met.Stored.Vector)).Append(KeyHistory.PanelNumber(final?.Vector ?? VersionVector.Empty)).ToHashSet();
        for (var number = 1L; number <= history.PanelCount; number++)
        {
            if (!history.MustMeet(number) || !(history.IsLastBeforeAnswer(number) || had.Contains(number) || history.IsSeenAlone(number)))
            {
                continue;
            }

            result.ConflictsRequired++;
            if (!logged.Contains(number))
            {
                result.ConflictsMissing++;
                result.Differ($"{place}: write {number} of the panel met an operator's that knew nothing of it, and no conflict is logged");
            }
        }
    }

    // A state of the key in the control plane: as it was written by an operator or sent by the device, or as a conflict left it.
    private static bool IsState(ConfigEntry entry, KeyHistory history, List<Met> log) =>
        history.IsOperatorWrite(entry) || history.IsPanelWrite(entry)
        || log.Exists(met => met.Kept.Vector.Equals(entry.Vector) && met.Kept.Value == entry.Value && met.Kept.Writer == entry.Writer);

    private static bool IsBase(ConfigEntry side, Met met, KeyHistory history, List<Met> log) => side.Base is not { } common
        || (common.Vector.Equals(VersionVector.Empty) && common.Value is null)
        || history.IsOperatorWrite(side with { Vector = common.Vector, Value = common.Value, Writer = ConfigWriters.Cloud })
        || history.IsPanelWrite(side with { Vector = common.Vector, Value = common.Value, Writer = met.Sent.Writer })
        || log.Exists(before => before.Kept.Vector.Equals(common.Vector) && before.Kept.Value == common.Value);

    private static void Wrong(string place, LoggedConflict conflict, string problem, AuditResult result)
    {
        result.ConflictsWrong++;
        result.Differ($"{place}: conflict {conflict.Id} {problem}");
    }

    private static string Describe(JsonValue? value) => value?.Text ?? "a deletion";

    /// <summary>A conflict's sides by what they are: the panel's write that was sent, and what the control plane had.</summary>
    private sealed record Met(LoggedConflict Conflict, ConfigEntry Sent, ConfigEntry Stored, ConfigEntry Kept)
    {
        public static Met Of(LoggedConflict conflict, ConfigEntry kept) =>
            KeyHistory.OperatorNumber(conflict.Winner.Vector) < KeyHistory.OperatorNumber(conflict.Loser.Vector)
                ? new Met(conflict, conflict.Winner, conflict.Loser, kept)
                : new Met(conflict, conflict.Loser, conflict.Winner, kept);
    }
}
