using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What a file knows of the device's own writes to a key, beside the key's entry.</summary>
/// <param name="Before">When the device wrote the key before its present write: a value of that time or earlier, kept by a rule, is its own, whatever its entry counts. The beginning for none.</param>
/// <param name="Known">What the control plane had when the file was found to be an older one.</param>
internal sealed record OwnWrites(HybridTime Before, VersionVector Known)
{
    public static readonly OwnWrites None = new(default, VersionVector.Empty);
}

/// <summary>Keeps <see cref="OwnWrites"/> with the key's row.</summary>
internal sealed class OwnWriteStore(DeviceDatabase database)
{
    /// <summary>Keeps the time of a write that is about to be replaced, if it is the device's.</summary>
    public void Keep(string key) => database.Statement("UPDATE device_config SET own_wall = wall, own_logical = logical WHERE key = ?1 AND dirty <> 0 AND writer LIKE 'device:%'").Execute(key);

    /// <summary>Keeps what the control plane has.</summary>
    public void Learn(string key, VersionVector known) => database.Statement("UPDATE device_config SET own_known = ?2 WHERE key = ?1").Execute(key, known.ToJson());

    public OwnWrites Read(string key)
    {
        using var reader = database.Statement("SELECT own_wall, own_logical, own_known FROM device_config WHERE key = ?1").Read(key);
        return reader.Read()
            ? new OwnWrites(new HybridTime(reader.GetInt64(0), reader.GetInt32(1)), reader.GetText(2) is { } known ? VersionVector.FromJson(known) : VersionVector.Empty)
            : OwnWrites.None;
    }
}
