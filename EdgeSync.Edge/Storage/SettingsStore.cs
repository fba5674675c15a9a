namespace EdgeSync.Edge;

/// <summary>What operators set by commands; kept in the device's file.</summary>
internal sealed class SettingsStore(DeviceDatabase database, TimeSpan intervalOfProgram)
{
    /// <summary>How often the device syncs.</summary>
    public TimeSpan SyncInterval => database.Read(() => database.Statement("SELECT sync_interval FROM device_state").Number()) is { } set
        ? TimeSpan.FromMicroseconds(set)
        : intervalOfProgram;

    /// <summary>Since when no telemetry is sent, microseconds since 1970; null when it is.</summary>
    public long? PausedAt => database.Read(() => database.Statement("SELECT paused_at FROM device_state").Number());

    /// <summary>Null goes back to the program's own.</summary>
    public void SetSyncInterval(TimeSpan? interval) =>
        database.Write(() => database.Statement("UPDATE device_state SET sync_interval = ?1").Execute(interval is { } set ? (long)set.TotalMicroseconds : null));

    /// <summary>A pause that lasts already goes on from its own beginning.</summary>
    public void Pause(long now) => database.Write(() => database.Statement("UPDATE device_state SET paused_at = COALESCE(paused_at, ?1)").Execute(now));

    public void Resume() => database.Write(() => database.Statement("UPDATE device_state SET paused_at = NULL").Execute());
}
