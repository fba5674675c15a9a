using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dapper;
using EdgeSync.Edge;
using Microsoft.Data.Sqlite;

namespace EdgeSync.EdgeSimulator;

/// <summary>Reads what a device's file and identity folder say, whether its program runs or not.</summary>
internal static class DeviceFactsStore
{
    private const string EventsSql = """
        SELECT area AS Area, event AS Event, detail AS Detail, at AS At FROM sync_log
        WHERE id IN (SELECT MAX(id) FROM sync_log WHERE event IN (SELECT value FROM json_each(@codes)) GROUP BY area) ORDER BY area
        """;

    /// <param name="path">The device's file.</param>
    /// <param name="identity">The folder of its certificate; null where it keeps none.</param>
    /// <exception cref="UsageException">There is no such file, or it is none of a device.</exception>
    public static DeviceFacts Read(string path, string? identity)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"There is no device's file at {path}.");
        }

        try
        {
            using var file = SqliteFile.Open(path);
            var codes = RecoveryRules.All.Select(rule => rule.Code).ToList();
            return new DeviceFacts(
                file.QuerySingle<string>("SELECT device FROM device_state"),
                file.ExecuteScalar<long>("PRAGMA user_version"),
                string.Join("; ", file.Query<string>("PRAGMA quick_check(5)")),
                new[] { path, path + "-wal" }.Where(File.Exists).Sum(part => new FileInfo(part).Length),
                new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace,
                file.ExecuteScalar<long>("SELECT COALESCE(SUM(head - acked), 0) FROM streams"),
                file.ExecuteScalar<long?>("SELECT MIN(t.recorded_at) FROM telemetry_data t JOIN streams s ON s.epoch = t.epoch WHERE t.seq > s.acked"),
                file.ExecuteScalar<long>("SELECT COUNT(*) FROM dead_letters"),
                file.ExecuteScalar<long>("SELECT salvages FROM device_state"),
                file.ExecuteScalar<long?>("SELECT MAX(at) FROM sync_log"),
                [.. file.Query<(string Area, string Event, string Detail, long At)>(EventsSql, new { codes = System.Text.Json.JsonSerializer.Serialize(codes) })
                    .Select(row => new DeviceEvent(row.Area, row.Event, row.Detail, row.At))],
                ReadCertificateEnd(identity));
        }
        catch (SqliteException e)
        {
            throw new UsageException($"The file {path} cannot be read as a device's: {e.Message} Start the device's program, which salvages a damaged file, or name another one.", e);
        }
    }

    private static DateTimeOffset? ReadCertificateEnd(string? identity)
    {
        if (identity is null || Path.Combine(identity, "device.pem") is var path && !File.Exists(path))
        {
            return null;
        }

        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(path));
            return certificate.NotAfter;
        }
        catch (CryptographicException e)
        {
            throw new UsageException($"{path} holds no certificate: {e.Message}", e);
        }
    }
}
