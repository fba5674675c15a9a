using System.Data;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>How long readings were on their way, a row for each minute and process.</summary>
internal sealed class LatencyStore(ControlPlaneDatabase database)
{
    /// <summary>A day, in minutes.</summary>
    private const long KeptMinutes = 24 * 60;

    private const string SaveSql = """
        INSERT INTO sync_latency (minute, process, counts) VALUES (@minute, @process, @counts)
        ON CONFLICT (minute, process) DO UPDATE SET counts = excluded.counts
        """;

    private const string ForgetSql = "DELETE FROM sync_latency WHERE minute < @gone";

    /// <summary>Writes down all that a process has counted in these minutes, over what it wrote of them before; what is older than a day goes.</summary>
    public Task SaveAsync(string process, IReadOnlyList<MinuteOfLatency> minutes, CancellationToken ct) => minutes.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        IsolationLevel.ReadCommitted,
        async transaction =>
        {
            foreach (var (minute, counts) in minutes)
            {
                await transaction.ExecuteAsync(SaveSql, new { minute, process, counts });
            }

            return await transaction.ExecuteAsync(ForgetSql, new { gone = minutes[^1].Minute - KeptMinutes });
        },
        ct);
}
