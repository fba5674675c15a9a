using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The fleet's rules for concurrent writes, as the control plane told them last.</summary>
internal sealed class ConfigRuleStore(DeviceDatabase database)
{
    /// <summary>Their version, within the caller's transaction; 0 when none were told.</summary>
    public int ReadVersion() => (int)(database.Statement("SELECT json_extract(config_rules, '$.version') FROM device_state").Number() ?? 0);

    /// <summary>The rules, within the caller's transaction.</summary>
    public ConfigRuleSet Read()
    {
        using var reader = database.Statement("SELECT config_rules FROM device_state").Read();
        return reader.Read() && reader.GetText(0) is { } text ? JsonSerializer.Deserialize(text, ProtocolJson.Default.ConfigRuleSet)! : ConfigRuleSet.Default;
    }

    public void Write(ConfigRuleSet rules) =>
        database.Statement("UPDATE device_state SET config_rules = ?1").Execute(JsonSerializer.Serialize(rules, ProtocolJson.Default.ConfigRuleSet));
}
