using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Reads of the fleet what rules look at: one statement for each kind that has a rule, and of devices only those that are far enough from good.</summary>
internal sealed class AlertReadingStore(ControlPlaneDatabase database)
{
    // Silent: as Silence of the protocol has it.
    private const string SilentSql = """
        SELECT d.device_id AS Device, d.name AS Name, d.labels AS Labels, @now - s.last_seen_at AS Amount
        FROM devices d JOIN sync_status s ON s.device_id = d.device_id LEFT JOIN device_status h ON h.device_id = d.device_id
        WHERE d.state = 'active' AND s.boot IS NOT NULL AND s.last_seen_at < @now - @bound AND s.last_seen_at < @now - @intervals * 1000 * COALESCE(h.interval_ms, @usual)
        """;

    // The reading's time is of the device's clock, which is off by so much.
    private const string UnsyncedSql = """
        SELECT d.device_id AS Device, d.name AS Name, d.labels AS Labels, @now - h.oldest_pending_at + COALESCE(s.clock_offset_us, 0) AS Amount
        FROM devices d JOIN device_status h ON h.device_id = d.device_id LEFT JOIN sync_status s ON s.device_id = d.device_id
        WHERE d.state = 'active' AND h.pending_records > 0 AND @now - h.oldest_pending_at + COALESCE(s.clock_offset_us, 0) > @bound
        """;

    private const string DeadLettersSql = """
        SELECT d.device_id AS Device, d.name AS Name, d.labels AS Labels, h.dead_letters AS Amount
        FROM devices d JOIN device_status h ON h.device_id = d.device_id WHERE d.state = 'active' AND h.dead_letters > @bound
        """;

    // A device renews from half of the time on; a certificate for an hour is not about to end all its life.
    private const string CertificatesSql = """
        SELECT d.device_id AS Device, d.name AS Name, d.labels AS Labels, MAX(c.not_after) - @now AS Amount
        FROM devices d JOIN device_certificates c ON c.device_id = d.device_id
        WHERE d.state = 'active' AND c.revoked_at IS NULL GROUP BY d.device_id, d.name, d.labels
        HAVING MAX(c.not_after) - @now < @bound AND MAX(c.not_after) - @now < (MAX(c.not_after) - MAX(c.issued_at)) / 4
        """;

    private const string ClocksSql = """
        SELECT d.device_id AS Device, d.name AS Name, d.labels AS Labels, ABS(s.clock_offset_us) AS Amount
        FROM devices d JOIN sync_status s ON s.device_id = d.device_id WHERE d.state = 'active' AND ABS(s.clock_offset_us) > @bound
        """;

    private const string DamageSql = """
        SELECT d.device_id AS Device, d.name AS Name, d.labels AS Labels, COUNT(*) AS Amount
        FROM stream_checks c JOIN devices d ON d.device_id = c.device_id WHERE c.damaged_from IS NOT NULL
        GROUP BY d.device_id, d.name, d.labels HAVING COUNT(*) > @bound
        """;

    private const string ClonesSql = "SELECT device_id AS Device, name AS Name, labels AS Labels, 1 AS Amount FROM devices WHERE state = 'quarantined'";

    // What an operator has stopped, and who is silent, is not failing.
    private const string FailingSql = $"""
        SELECT d.labels AS Labels, COUNT(CASE WHEN h.reason NOT IN ('{Heartbeat.ReasonOk}', '{Heartbeat.ReasonPaused}') THEN 1 END) AS Part, COUNT(*) AS Whole
        FROM devices d JOIN device_status h ON h.device_id = d.device_id
        WHERE d.state = 'active' AND h.heartbeat_at >= @now - @intervals * 1000 * COALESCE(h.interval_ms, @usual) GROUP BY d.labels
        """;

    private const string ConflictsSql = """
        SELECT d.labels AS Labels, COUNT(*) AS Part, 0 AS Whole FROM conflict_log c JOIN devices d ON d.device_id = c.device_id
        WHERE c.resolved_at > @now - @window AND c.resolved_at <= @now GROUP BY d.labels
        """;

    // An instance that is gone leaves its row behind.
    private const string QueuesSql = "SELECT '{}' AS Labels, depth AS Part, capacity AS Whole FROM ingest_queues WHERE reported_at > @now - @fresh";

    private const long ConflictWindow = AlertKinds.ConflictMinutes * 60_000_000L;
    private const long QueueFresh = 30_000_000;

    /// <summary>What the rules look at, on one snapshot.</summary>
    public Task<AlertReadings> ReadAsync(IReadOnlyList<AlertRule> rules, long now, CancellationToken ct) =>
        database.ReadStaleAsync(
            async transaction =>
            {
                var devices = new Dictionary<AlertKind, IReadOnlyList<DeviceAmount>>();
                var shares = new Dictionary<AlertKind, IReadOnlyList<LabelShare>>();
                foreach (var kind in rules.Select(rule => rule.Kind).Distinct())
                {
                    if (DeviceSql(kind) is { } sql)
                    {
                        devices[kind] = await transaction.QueryAsync<DeviceAmount>(sql, new { now, bound = Bound(kind, rules), intervals = Silence.IntervalsMax, usual = Silence.IntervalMillisecondsUsual });
                    }
                    else if (await SharesAsync(transaction, kind, now) is { } read)
                    {
                        shares[kind] = read;
                    }
                }

                return new AlertReadings(devices, shares);
            },
            ct);

    /// <summary>Beyond it a value may begin an alert, or keep one from ending, by some rule of the kind.</summary>
    internal static long Bound(AlertKind kind, IReadOnlyList<AlertRule> rules)
    {
        var ends = rules.Where(rule => rule.Kind == kind).Select(AlertDecision.ClearOf);
        return (long)((AlertKinds.FiresBelow(kind) ? ends.Max() : ends.Min()) * AlertKinds.PerUnit(kind));
    }

    private static string? DeviceSql(AlertKind kind) => kind switch
    {
        AlertKind.DeviceSilent => SilentSql,
        AlertKind.OldestUnsyncedAge => UnsyncedSql,
        AlertKind.DeadLetters => DeadLettersSql,
        AlertKind.CertificateExpiring => CertificatesSql,
        AlertKind.ClockWrong => ClocksSql,
        AlertKind.DigestMismatch => DamageSql,
        AlertKind.CloneSuspected => ClonesSql,
        _ => null,
    };

    private static async Task<IReadOnlyList<LabelShare>?> SharesAsync(DbTransaction transaction, AlertKind kind, long now) => kind switch
    {
        AlertKind.ErrorRate => await transaction.QueryAsync<LabelShare>(FailingSql, new { now, intervals = Silence.IntervalsMax, usual = Silence.IntervalMillisecondsUsual }),
        AlertKind.ConflictRate => await transaction.QueryAsync<LabelShare>(ConflictsSql, new { now, window = ConflictWindow }),
        AlertKind.QueueSaturation => await transaction.QueryAsync<LabelShare>(QueuesSql, new { now, fresh = QueueFresh }),
        _ => null,
    };
}
