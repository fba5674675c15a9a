using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The part of <c>device_config</c> that says which values in force are on probation.</summary>
/// <param name="database">The device's file.</param>
/// <param name="reports">What became of a value is told.</param>
/// <param name="checks">The names of the checks that the program has.</param>
/// <param name="time">The device's wall clock.</param>
internal sealed class ProbationStore(DeviceDatabase database, ConfigReportStore reports, IReadOnlyCollection<string> checks, TimeProvider time)
{
    private const string SelectSql = """
        SELECT key, vector, health, probation_until, before_value, value IS in_force, starts FROM device_config WHERE probation_until IS NOT NULL
        """;

    private const string EndSql = """
        UPDATE device_config SET health = NULL, probation_until = NULL, before_value = NULL, starts = 0 WHERE key = ?1 AND probation_until IS NOT NULL
        """;

    /// <summary>Why a value cannot come into force under its condition; null when it can.</summary>
    public string? WhyNot(ConfigHealth? health) => ProbationDecision.WhyNot(health, checks);

    /// <summary>A value has come into force, in the caller's transaction.</summary>
    /// <returns>Whether on probation.</returns>
    public bool Take(ConfigEntry taken, JsonValue? wasInForce)
    {
        if (ProbationDecision.Begin(taken, wasInForce, Find(taken.Key)) is not { } start)
        {
            End(taken.Key);
            return false;
        }

        database.Statement("UPDATE device_config SET health = ?2, probation_until = ?3, before_value = ?4, starts = 0 WHERE key = ?1").Execute(
            taken.Key,
            JsonSerializer.Serialize(taken.Health!, ProtocolJson.Default.ConfigHealth),
            time.GetMicroseconds() + (taken.Health!.WithinSeconds * 1_000_000L),
            start.Before?.Text);
        return true;
    }

    /// <summary>A write has ended the probation of what was in force, in the caller's transaction.</summary>
    public void End(string key) => database.Statement(EndSql).Execute(key);

    public IReadOnlyList<Probation> ReadAll() => database.Read(Select);

    /// <summary>Counts a start of the program, and takes back what does not let it live.</summary>
    /// <returns>Values in force that changed.</returns>
    public IReadOnlyList<ConfigChange> CountStart() => database.Write(() =>
    {
        database.Statement("UPDATE device_config SET starts = starts + 1 WHERE probation_until IS NOT NULL").Execute();
        var changes = new List<ConfigChange>();
        foreach (var probation in Select())
        {
            if (ProbationDecision.WhyNotStarted(probation.Starts) is { } reason)
            {
                RollBack(probation, reason, changes);
            }
        }

        return changes;
    });

    /// <summary>These stay in force; of those whose probation a write has ended meanwhile, nothing changes.</summary>
    /// <returns>Those that stay.</returns>
    public IReadOnlyList<Probation> Confirm(IReadOnlyList<Probation> probations) => database.Write(() =>
    {
        var confirmed = probations.Where(IsRunning).ToList();
        foreach (var probation in confirmed)
        {
            End(probation.Key);
            if (probation.IsOfDocument)
            {
                reports.Put(probation.Key, ConfigStatus.Applied, null);
            }
        }

        return confirmed;
    });

    /// <summary>What was in force before these is in force again; of those whose probation a write has ended meanwhile, nothing changes.</summary>
    /// <returns>Values in force that changed.</returns>
    public IReadOnlyList<ConfigChange> RollBack(IReadOnlyList<Probation> probations, string reason) => database.Write(() =>
    {
        var changes = new List<ConfigChange>();
        foreach (var probation in probations.Where(IsRunning))
        {
            RollBack(probation, reason, changes);
        }

        return changes;
    });

    private void RollBack(Probation probation, string reason, List<ConfigChange> changes)
    {
        database.Statement("UPDATE device_config SET in_force = before_value WHERE key = ?1").Execute(probation.Key);
        End(probation.Key);
        changes.Add(new ConfigChange(probation.Key, probation.Before));
        if (probation.IsOfDocument)
        {
            reports.Put(probation.Key, ConfigStatus.RolledBack, reason);
        }
        else
        {
            reports.Put(probation.Key, ConfigStatus.Rejected, $"Rejected before; the value that stayed in force was rolled back: {reason}");
        }
    }

    private bool IsRunning(Probation probation) => database.Statement("SELECT 1 FROM device_config WHERE key = ?1 AND vector = ?2 AND probation_until = ?3")
        .Number(probation.Key, probation.Vector.ToJson(), probation.Until) is not null;

    private Probation? Find(string key) => Select().FirstOrDefault(probation => probation.Key == key);

    private List<Probation> Select()
    {
        var probations = new List<Probation>();
        using var reader = database.Statement(SelectSql).Read();
        while (reader.Read())
        {
            probations.Add(new Probation(
                reader.GetString(0),
                VersionVector.FromJson(reader.GetString(1)),
                JsonSerializer.Deserialize(reader.GetString(2), ProtocolJson.Default.ConfigHealth)!,
                reader.GetInt64(3),
                JsonValue.From(reader.GetText(4)),
                reader.GetBoolean(5),
                reader.GetInt32(6)));
        }

        return probations;
    }
}
