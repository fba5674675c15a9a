using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>What went from a damaged file into a new one.</summary>
/// <param name="Readings">Unsent readings that could be read.</param>
/// <param name="Lost">Numbers after the cursors of which neither a reading nor a gap could be read; null when the cursors themselves could not.</param>
/// <param name="Unreadable">Tables that could not be read to their end.</param>
internal sealed record Salvaged(long Readings, long? Lost, IReadOnlyList<string> Unreadable);

/// <summary>
/// Copies what can be read of a damaged file into a new one. Streams keep their epochs, numbers and digests: what is missing between them is declared as <c>corrupt</c> when the cursor has come to it, and
/// what the control plane has already is recognised by its number. New readings go to a new stream, so that no number is taken twice of which the row is gone.
/// </summary>
internal sealed class SalvageStore(SqliteConnection damaged, SqliteConnection fresh)
{
    // Rows that were acknowledged are with the control plane; they, and the marks of when, are not copied.
    private static readonly string[] Apart = ["device_state", "streams", "telemetry_data", "gaps", "retention_marks"];

    /// <summary>Copies in one transaction.</summary>
    /// <param name="device">Whose file it is, if the file does not say.</param>
    /// <param name="live">The stream that new readings go to.</param>
    /// <param name="config">The writer of configuration from now on: counts of the old one may be lost.</param>
    /// <param name="now">Microseconds since 1970.</param>
    /// <param name="tell">Says for <c>sync_log</c> what was done.</param>
    public Salvaged Copy(DeviceId device, Epoch live, Epoch config, long now, Func<Salvaged, string> tell)
    {
        Execute("BEGIN IMMEDIATE");
        var tables = new SalvageTableStore(damaged, fresh);
        foreach (var table in tables.Tables().Except(Apart))
        {
            tables.Copy(table);
        }

        if (tables.Copy("device_state") == 0)
        {
            Execute("INSERT INTO device_state (id, device, boot, live_epoch, config_epoch) VALUES (1, ?1, 0, ?2, ?3)", device.ToString(), live.Value, config.Value);
        }

        tables.Copy("streams");
        tables.Copy("gaps");
        var readings = new SalvageReadingStore(damaged, fresh, device);
        var lost = readings.Copy(now);
        Begin(device, live, config, now);
        var salvaged = new Salvaged(readings.Count, lost, readings.IsIncomplete ? [.. tables.Unreadable, "telemetry_data"] : tables.Unreadable);
        Execute("INSERT INTO sync_log (at, area, event, detail) VALUES (?1, 'device', 'salvaged', ?2)", now, tell(salvaged));
        Execute("COMMIT");
        return salvaged;
    }

    private void Begin(DeviceId device, Epoch live, Epoch config, long now)
    {
        Execute("UPDATE streams SET retained_after = acked, retained_after_digest = acked_digest");
        Execute(
            """
            INSERT INTO streams (epoch, ordinal, head, head_digest, acked, acked_digest, retained_after_digest, opened_at, reason)
            VALUES (?1, (SELECT COALESCE(MAX(ordinal), 0) + 1 FROM streams), 0, ?2, 0, ?2, ?2, ?3, 'the file was damaged')
            """,
            live.Value, DigestChain.Origin(device, live).ToArray(), now);
        // A name that is gone stays gone: no new sensor may be given the id that its readings have.
        Execute("INSERT OR IGNORE INTO sensors (id, name) SELECT MAX(sensor_id), '' FROM telemetry_data HAVING MAX(sensor_id) > (SELECT COALESCE(MAX(id), 0) FROM sensors)");
        // The whole configuration is asked for again.
        Execute(
            "UPDATE device_state SET live_epoch = ?1, file_epoch = ?1, config_epoch = ?2, config_version = 0, config_snapshot_open = 0, salvages = salvages + 1, salvaged_at = ?3",
            live.Value, config.Value, now);
    }

    private void Execute(string sql, params object[] values)
    {
        using var statement = new Statement(fresh, sql);
        statement.Execute(values);
    }
}
