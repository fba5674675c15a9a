using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A line of the device's own record of its syncing.</summary>
/// <param name="At">When, microseconds since 1970.</param>
/// <param name="Area">What it is about: <c>telemetry</c>, <c>commands</c>, <c>config</c>, <c>heartbeat</c>, <c>certificate</c>, <c>device</c>.</param>
/// <param name="Event">What happened, one word or a few with hyphens.</param>
/// <param name="Detail">For a person.</param>
public sealed record SyncLogEntry(long At, string Area, string Event, string Detail);

/// <summary>What a person reads to see how syncing went; bounded, the oldest lines go.</summary>
internal sealed class SyncLogStore(DeviceDatabase database, TimeProvider time, int rowsMax)
{
    public void Write(string area, string what, string detail) => Write(area, what, detail, time.GetMicroseconds());

    /// <summary>What happened at another time than now.</summary>
    public void Write(string area, string what, string detail, long at) => database.Write(() =>
    {
        database.Statement("INSERT INTO sync_log (at, area, event, detail) VALUES (?1, ?2, ?3, ?4)").Execute(at, area, what, detail);
        database.Statement("DELETE FROM sync_log WHERE id <= (SELECT MAX(id) FROM sync_log) - ?1").Execute(rowsMax);
    });

    public void Write(IReadOnlyList<PinNote> notes)
    {
        foreach (var note in notes)
        {
            Write("certificate", note.Event, note.Detail);
        }
    }

    /// <summary>The newest, newest first.</summary>
    public IReadOnlyList<SyncLogEntry> Read(int count) => database.Read(() =>
    {
        var lines = new List<SyncLogEntry>();
        using var reader = database.Statement("SELECT at, area, event, detail FROM sync_log ORDER BY id DESC LIMIT ?1").Read(count);
        while (reader.Read())
        {
            lines.Add(new SyncLogEntry(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        }

        return lines;
    });
}
