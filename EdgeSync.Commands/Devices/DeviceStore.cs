using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>The fleet: which devices there are and what they may do.</summary>
internal sealed class DeviceStore(ControlPlaneDatabase database)
{
    private const string RegisterSql = """
        INSERT INTO devices (device_id, name, state, labels, created_at, updated_at) VALUES (@id, @name, @state, @labels, @now, @now)
        ON CONFLICT (device_id) DO UPDATE SET name = excluded.name, labels = excluded.labels, updated_at = excluded.updated_at
        """;

    private const string RegisterManySql = """
        INSERT INTO devices (device_id, name, state, labels, created_at, updated_at)
        SELECT r.device_id, r.name, @state, r.labels, @now, @now FROM unnest(@ids, @names, @labels) AS r(device_id, name, labels)
        ON CONFLICT (device_id) DO UPDATE SET name = excluded.name, labels = excluded.labels, updated_at = excluded.updated_at
        """;

    /// <summary>Adds devices, each named once; those known already keep their state.</summary>
    public Task RegisterAsync(IReadOnlyList<DeviceRegistration> devices, long now, CancellationToken cancellationToken)
    {
        // In one order whoever asks, so that two registrations never wait for each other.
        var rows = devices.OrderBy(device => device.Id).Select(device => (device.Id, device.Name, Labels: ToText(device.Labels))).ToList();
        var state = Words.Of(DeviceState.Active);
        return database.WriteAsync(
            WriteOnce.Isolation,
            transaction => transaction.IsEmbedded()
                ? transaction.ExecuteAsync(RegisterSql, rows.Select(row => new { id = row.Id, name = row.Name, state, labels = row.Labels, now }))
                : transaction.ExecuteAsync(RegisterManySql, new
                {
                    ids = rows.Select(row => row.Id.Value).ToArray(),
                    names = rows.Select(row => row.Name).ToArray(),
                    labels = rows.Select(row => row.Labels).ToArray(),
                    state,
                    now,
                }),
            cancellationToken);
    }

    private static string ToText(Dictionary<string, string>? labels) => JsonSerializer.Serialize(labels ?? [], ProtocolJson.Default.DictionaryStringString);

    private const string Columns = "device_id AS Id, name AS Name, state AS State, labels AS Labels, created_at AS CreatedAt";

    private const string FindSql = $"SELECT {Columns} FROM devices WHERE device_id = @device";

    public Task<DeviceView?> FindAsync(DeviceId device, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async transaction => (await transaction.FindAsync<DeviceRow>(FindSql, new { device }))?.ToView(),
            cancellationToken);

    private const string ListSql = $"SELECT {Columns} FROM devices WHERE device_id > @after ORDER BY device_id LIMIT @limit";

    /// <summary>The fleet in the order of its ids; devices registered in the last seconds may be missing.</summary>
    public Task<Page<DeviceView>> ListAsync(DeviceId? after, int limit, CancellationToken cancellationToken) =>
        database.ReadStaleAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<DeviceRow>(ListSql, new { after = after ?? default, limit = limit + 1 }),
                limit,
                row => row.ToView(),
                row => row.Id.ToString()),
            cancellationToken);

    private sealed record DeviceRow(DeviceId Id, string Name, string State, string Labels, long CreatedAt)
    {
        public DeviceView ToView() => new(
            Id,
            Name,
            Words.Parse<DeviceState>(State),
            JsonSerializer.Deserialize(Labels, ProtocolJson.Default.DictionaryStringString)!,
            CreatedAt);
    }
}
