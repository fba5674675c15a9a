using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The part of <c>device_config</c> that says what is to be reported; used within the transactions of others.</summary>
internal sealed class ConfigReportStore(DeviceDatabase database)
{
    public void Put(string key, ConfigStatus status, string? reason) =>
        database.Statement("UPDATE device_config SET report = ?2, report_reason = ?3 WHERE key = ?1").Execute(key, Words.Of(status), reason);

    /// <summary>What waits is of a value that is no more.</summary>
    public void Drop(string key) => database.Statement("UPDATE device_config SET report = NULL, report_reason = NULL WHERE key = ?1").Execute(key);

    /// <summary>These have been told; what the device has come to since waits on.</summary>
    public void Clear(IReadOnlyList<ConfigReport> told)
    {
        foreach (var report in told)
        {
            database.Statement("UPDATE device_config SET report = NULL, report_reason = NULL WHERE key = ?1 AND vector = ?2 AND report = ?3 AND report_reason IS ?4")
                .Execute(report.Key, report.Vector.ToJson(), Words.Of(report.Status), report.Reason);
        }
    }

    public List<ConfigReport> Read(int bytesMax)
    {
        var reports = new List<ConfigReport>();
        var bytes = 0;
        using var reader = database.Statement("SELECT key, vector, report, report_reason, in_force FROM device_config WHERE report IS NOT NULL ORDER BY key LIMIT ?1")
            .Read(Limits.ConfigEntriesMax);
        while (reader.Read())
        {
            var report = new ConfigReport(
                reader.GetString(0), VersionVector.FromJson(reader.GetString(1)), Words.Parse<ConfigStatus>(reader.GetString(2)), reader.GetText(3), JsonValue.From(reader.GetText(4)));
            bytes += 256 + (64 * report.Vector.Count) + (6 * (report.Reason?.Length ?? 0)) + (3 * (report.InForce?.Text.Length ?? 0));
            if (bytes > bytesMax && reports.Count > 0)
            {
                break;
            }

            reports.Add(report);
        }

        return reports;
    }
}
