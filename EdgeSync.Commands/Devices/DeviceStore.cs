using System.Data.Common;
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
        return database.WriteAsync(
            WriteOnce.Isolation,
            transaction => transaction.IsEmbedded()
                ? transaction.ExecuteAsync(RegisterSql, rows.Select(row => new { id = row.Id, name = row.Name, state = Active, labels = row.Labels, now }))
                : transaction.ExecuteAsync(RegisterManySql, new
                {
                    ids = rows.Select(row => row.Id.Value).ToArray(),
                    names = rows.Select(row => row.Name).ToArray(),
                    labels = rows.Select(row => row.Labels).ToArray(),
                    state = Active,
                    now,
                }),
            cancellationToken);
    }

    private static readonly string Active = Words.Of(DeviceState.Active);

    private static string ToText(Dictionary<string, string>? labels) => JsonSerializer.Serialize(labels ?? [], ProtocolJson.Default.DictionaryStringString);

    private const string AddSql = """
        INSERT INTO devices (device_id, name, state, labels, created_at, updated_at) VALUES (@device, @name, @state, @labels, @now, @now) ON CONFLICT (device_id) DO NOTHING
        """;

    /// <summary>Registers a device within the transaction that enrols it; false when it is registered already.</summary>
    public static async Task<bool> AddAsync(DbTransaction transaction, DeviceId device, string name, string labels, long now) =>
        await transaction.ExecuteAsync(AddSql, new { device, name, state = Active, labels, now }) == 1;

    private const string LockSql = "UPDATE devices SET updated_at = updated_at WHERE device_id = @device RETURNING state";

    /// <summary>Holds the device's row until the transaction ends; its state, or null for one that is not registered.</summary>
    public static async Task<DeviceState?> LockAsync(DbTransaction transaction, DeviceId device) =>
        await transaction.FindAsync<string>(LockSql, new { device }) is { } state ? Words.Parse<DeviceState>(state) : null;

    private const string SelectSql = """
        SELECT d.device_id AS Id, d.name AS Name, d.state AS State, d.labels AS Labels, d.created_at AS CreatedAt, s.reason AS StateReason
        FROM devices d LEFT JOIN device_states s ON s.device_id = d.device_id
        """;

    private const string FindSql = $"{SelectSql} WHERE d.device_id = @device";

    public Task<DeviceView?> FindAsync(DeviceId device, CancellationToken cancellationToken) =>
        database.ReadAsync(transaction => FindAsync(transaction, device), cancellationToken);

    public static async Task<DeviceView?> FindAsync(DbTransaction transaction, DeviceId device) =>
        (await transaction.FindAsync<DeviceRow>(FindSql, new { device }))?.ToView();

    private const string FindManySql = $"{SelectSql} WHERE d.device_id = ANY(@devices)";

    /// <summary>Those of the devices that are registered, on a server.</summary>
    public Task<Dictionary<DeviceId, DeviceView>> FindAsync(IReadOnlyCollection<DeviceId> devices, CancellationToken cancellationToken)
    {
        var ids = devices.Select(device => device.Value).Distinct().ToArray();
        return database.ReadAsync(
            async transaction => (await transaction.QueryAsync<DeviceRow>(FindManySql, new { devices = ids })).ToDictionary(row => row.Id, row => row.ToView()), cancellationToken);
    }

    private const string ListSql = $"{SelectSql} WHERE d.device_id > @after ORDER BY d.device_id LIMIT @limit";

    /// <summary>The fleet in the order of its ids; devices registered in the last seconds may be missing.</summary>
    public Task<Page<DeviceView>> ListAsync(DeviceId? after, int limit, CancellationToken cancellationToken) =>
        database.ReadStaleAsync(
            async transaction => Paging.ToPage(
                await transaction.QueryAsync<DeviceRow>(ListSql, new { after = after ?? default, limit = limit + 1 }),
                limit,
                row => row.ToView(),
                row => row.Id.ToString()),
            cancellationToken);

    // What one request may look at; a fleet that is larger than that is looked through page by page.
    private const int LooksMax = 10;

    /// <summary>Those that a selector names. A page may be shorter than its limit, even empty, and yet there are more.</summary>
    public Task<Page<DeviceView>> ListAsync(LabelSelector selector, DeviceId? after, int limit, CancellationToken cancellationToken) =>
        database.ReadStaleAsync(
            async transaction =>
            {
                var views = new List<DeviceView>(limit);
                for (var look = 0; look < LooksMax; look++)
                {
                    var rows = await transaction.QueryAsync<DeviceRow>(ListSql, new { after = after ?? default, limit = SelectionStore.PageMax });
                    foreach (var view in rows.Select(row => row.ToView()).Where(view => selector.Matches(view.Labels)))
                    {
                        if (views.Count == limit)
                        {
                            return new Page<DeviceView>(views, views[^1].Id.ToString());
                        }

                        views.Add(view);
                    }

                    if (rows.Count < SelectionStore.PageMax)
                    {
                        return new Page<DeviceView>(views);
                    }

                    after = rows[^1].Id;
                }

                return new Page<DeviceView>(views, after.ToString());
            },
            cancellationToken);

    private sealed class DeviceRow
    {
        public DeviceId Id { get; init; }

        public string Name { get; init; } = "";

        public string State { get; init; } = "";

        public string Labels { get; init; } = "";

        public long CreatedAt { get; init; }

        public string? StateReason { get; init; }

        public DeviceView ToView() => new(
            Id,
            Name,
            Words.Parse<DeviceState>(State),
            JsonSerializer.Deserialize(Labels, ProtocolJson.Default.DictionaryStringString)!,
            CreatedAt,
            StateReason);
    }
}
