using System.Data.Common;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Silences.</summary>
internal sealed class AlertSilenceStore(ControlPlaneDatabase database)
{
    private const string SelectSql = "SELECT silence_id AS Id, silence AS Silence, created_at AS CreatedAt FROM alert_silences";

    private const string HoldingSql = $"{SelectSql} WHERE until_at > @now";

    /// <summary>What is held back now.</summary>
    public static async Task<AlertSilencing> ReadAsync(DbTransaction transaction, long now) =>
        new((await transaction.QueryAsync<SilenceRow>(HoldingSql, new { now })).Select(row => row.ToView().Silence), now);

    /// <summary>What is held back now.</summary>
    public Task<AlertSilencing> ReadAsync(long now, CancellationToken ct) => database.ReadAsync(transaction => ReadAsync(transaction, now), ct);

    private const string ListSql = $"{SelectSql} WHERE silence_id < @after ORDER BY silence_id DESC LIMIT @limit";

    /// <summary>The newest first, those that ended lately too.</summary>
    public Task<Page<AlertSilenceView>> ListAsync(string? after, int limit, CancellationToken ct) =>
        database.ReadAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<SilenceRow>(ListSql, new { after = after ?? AlertIds.Last, limit = limit + 1 }), limit, row => row.ToView(), row => row.Id),
            ct);

    private const string CountSql = "SELECT COUNT(*) FROM alert_silences WHERE until_at > @now AND silence_id <> @id";

    private const string InsertSql =
        "INSERT INTO alert_silences (silence_id, silence, until_at, created_at) VALUES (@id, @silence, @until, @now) ON CONFLICT (silence_id) DO NOTHING";

    /// <summary>Silences; null where there are as many as there may be.</summary>
    public Task<AlertSilenceView?> CreateAsync(CreateAlertSilence silence, long now, CancellationToken ct)
    {
        var text = JsonSerializer.Serialize(silence, ProtocolJson.Default.CreateAlertSilence);
        var view = new AlertSilenceView(AlertIds.Of(now, text), silence, now);
        return database.WriteAsync<AlertSilenceView?>(
            WriteOnce.Isolation,
            async transaction =>
            {
                if (await transaction.ScalarAsync<long>(CountSql, new { now, id = view.Id }) >= Limits.AlertSilencesMax)
                {
                    return null;
                }

                await transaction.ExecuteAsync(InsertSql, new { id = view.Id, silence = text, until = silence.Until, now });
                return view;
            },
            ct);
    }

    private const string DeleteSql = "DELETE FROM alert_silences WHERE silence_id = @id";

    /// <summary>Ends one; false for one that does not exist.</summary>
    public Task<bool> DeleteAsync(string id, CancellationToken ct) => database.WriteOnceAsync<bool>(
        async transaction =>
        {
            var existed = await transaction.ExecuteAsync(DeleteSql, new { id }) == 1;
            return new(existed, existed ? async transaction => await transaction.FindAsync<SilenceRow>(FindSql, new { id }) is null : null);
        },
        ct);

    private const string FindSql = $"{SelectSql} WHERE silence_id = @id";

    private sealed class SilenceRow
    {
        public string Id { get; init; } = "";

        public string Silence { get; init; } = "";

        public long CreatedAt { get; init; }

        public AlertSilenceView ToView() => new(Id, JsonSerializer.Deserialize(Silence, ProtocolJson.Default.CreateAlertSilence)!, CreatedAt);
    }
}
