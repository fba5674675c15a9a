namespace EdgeSync.Edge;

/// <summary>What operators set by commands; kept in the device's file.</summary>
internal sealed class SettingsStore(DeviceDatabase database, TimeSpan intervalOfProgram)
{
    private const int Unread = -1;

    // Asked several times in each pass, and changed once in a while: here, or with the file itself.
    private (int Generation, long? SyncInterval, long? PausedAt) _read = (Unread, null, null);

    /// <summary>How often the device syncs.</summary>
    public TimeSpan SyncInterval => Read().SyncInterval is { } set ? TimeSpan.FromMicroseconds(set) : intervalOfProgram;

    /// <summary>Since when no telemetry is sent, microseconds since 1970; null when it is.</summary>
    public long? PausedAt => Read().PausedAt;

    /// <summary>Null goes back to the program's own.</summary>
    public void SetSyncInterval(TimeSpan? interval) =>
        Change("UPDATE device_state SET sync_interval = ?1", interval is { } set ? (long)set.TotalMicroseconds : null);

    /// <summary>A pause that lasts already goes on from its own beginning.</summary>
    public void Pause(long now) => Change("UPDATE device_state SET paused_at = COALESCE(paused_at, ?1)", now);

    public void Resume() => Change("UPDATE device_state SET paused_at = NULL");

    private void Change(string sql, params object?[] values) => database.Write(() =>
    {
        database.Statement(sql).Execute(values);
        _read.Generation = Unread;
    });

    private (int Generation, long? SyncInterval, long? PausedAt) Read() => database.Read(() =>
    {
        if (_read.Generation != database.Generation)
        {
            using var reader = database.Statement("SELECT sync_interval, paused_at FROM device_state").Read();
            if (reader.Read())
            {
                _read = (database.Generation, reader.GetNumber(0), reader.GetNumber(1));
            }
        }

        return _read;
    });
}
