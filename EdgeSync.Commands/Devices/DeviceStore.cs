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

    /// <summary>Adds devices; those known already keep their state.</summary>
    public Task RegisterAsync(IReadOnlyList<DeviceRegistration> devices, long now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            transaction => transaction.ExecuteAsync(RegisterSql, devices.Select(device => new
            {
                id = device.Id,
                name = device.Name,
                state = Words.Of(DeviceState.Active),
                labels = JsonSerializer.Serialize(device.Labels ?? [], ProtocolJson.Default.DictionaryStringString),
                now,
            })),
            cancellationToken);

    private const string Columns = "device_id AS Id, name AS Name, state AS State, labels AS Labels, created_at AS CreatedAt";

    private const string FindSql = $"SELECT {Columns} FROM devices WHERE device_id = @device";

    public Task<DeviceView?> FindAsync(DeviceId device, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async transaction => (await transaction.FindAsync<DeviceRow>(FindSql, new { device }))?.ToView(),
            cancellationToken);

    private const string ListSql = $"SELECT {Columns} FROM devices WHERE device_id > @after ORDER BY device_id LIMIT @limit";

    public Task<Page<DeviceView>> ListAsync(DeviceId? after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
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
