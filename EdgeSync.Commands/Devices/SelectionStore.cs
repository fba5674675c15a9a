using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>The devices that a selector names, whatever their state, in the order of their ids. Labels are compared here, not by the database: a page is a page of the fleet.</summary>
internal sealed class SelectionStore(ControlPlaneDatabase database)
{
    /// <summary>Devices that are looked at in one transaction.</summary>
    public const int PageMax = 1_000;

    private const string PageSql = """
        SELECT device_id AS Id, labels AS Labels, created_at AS CreatedAt FROM devices WHERE device_id > @after ORDER BY device_id LIMIT @limit
        """;

    /// <summary>Looks at the next <see cref="PageMax"/> devices of the fleet.</summary>
    /// <param name="selector">Which are meant.</param>
    /// <param name="after">The device that was looked at last; null for the beginning.</param>
    /// <param name="registeredUntil">Devices that were registered later are not meant, microseconds since 1970.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<SelectedPage> ReadAsync(LabelSelector selector, DeviceId? after, long registeredUntil, CancellationToken ct)
    {
        var rows = await database.ReadAsync(transaction => transaction.QueryAsync<Row>(PageSql, new { after = after ?? default, limit = PageMax }), ct);
        var selected = rows.Where(row => row.CreatedAt <= registeredUntil).Select(row => row.ToDevice()).Where(device => selector.Matches(device.Labels)).ToList();
        return new SelectedPage(selected, rows.Count == PageMax ? rows[^1].Id : null);
    }

    /// <summary>Devices that it names, from one on, and at most so many; fewer are all that are left.</summary>
    public async Task<IReadOnlyList<SelectedDevice>> ReadAsync(LabelSelector selector, DeviceId? after, long registeredUntil, int max, CancellationToken ct)
    {
        var selected = new List<SelectedDevice>();
        do
        {
            var page = await ReadAsync(selector, after, registeredUntil, ct);
            selected.AddRange(page.Devices.Take(max - selected.Count));
            after = page.Next;
        }
        while (after is not null && selected.Count < max);
        return selected;
    }

    /// <summary>How many it names.</summary>
    public async Task<int> CountAsync(LabelSelector selector, long registeredUntil, CancellationToken ct)
    {
        var count = 0;
        DeviceId? after = null;
        do
        {
            var page = await ReadAsync(selector, after, registeredUntil, ct);
            count += page.Devices.Count;
            after = page.Next;
        }
        while (after is not null);
        return count;
    }

    private sealed class Row
    {
        public DeviceId Id { get; init; }

        public string Labels { get; init; } = "";

        public long CreatedAt { get; init; }

        public SelectedDevice ToDevice() => new(Id, JsonSerializer.Deserialize(Labels, ProtocolJson.Default.DictionaryStringString)!);
    }
}

/// <summary>A device that a selector names.</summary>
internal sealed record SelectedDevice(DeviceId Id, IReadOnlyDictionary<string, string> Labels);

/// <summary>Those that a selector names of one page of the fleet.</summary>
/// <param name="Devices">In the order of their ids.</param>
/// <param name="Next">The last device looked at; null when there are no more.</param>
internal sealed record SelectedPage(IReadOnlyList<SelectedDevice> Devices, DeviceId? Next);
