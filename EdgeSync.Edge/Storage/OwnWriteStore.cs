using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>When the device wrote a key before its present write: a value of that time or earlier, kept by a rule, is its own, whatever its entry counts.</summary>
internal sealed class OwnWriteStore(DeviceDatabase database)
{
    /// <summary>Keeps the time of a write that is about to be replaced, if it is the device's.</summary>
    public void Keep(string key) => database.Statement("UPDATE device_config SET own_wall = wall, own_logical = logical WHERE key = ?1 AND dirty <> 0 AND writer LIKE 'device:%'").Execute(key);

    /// <summary>That time; the beginning for a key that the device has not written before.</summary>
    public HybridTime Read(string key)
    {
        using var reader = database.Statement("SELECT own_wall, own_logical FROM device_config WHERE key = ?1").Read(key);
        return reader.Read() ? new HybridTime(reader.GetInt64(0), reader.GetInt32(1)) : default;
    }
}
