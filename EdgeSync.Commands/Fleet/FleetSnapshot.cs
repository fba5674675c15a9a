using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>The fleet as it was at one moment, judged: everything that is shown of it is told from here. Immutable.</summary>
internal sealed class FleetSnapshot
{
    private readonly FleetRows _rows;
    private readonly HealthRules _rules;
    private readonly DeviceHealth[] _health;
    private readonly Lazy<FleetStatus> _whole;
    private readonly FrozenDictionary<string, IReadOnlyDictionary<string, string>> _labels;

    /// <param name="rows">What the database has.</param>
    /// <param name="rules">How it is judged.</param>
    /// <param name="at">When it was read, microseconds since 1970.</param>
    /// <param name="drainsAt">When nothing will wait any more, if that is known.</param>
    public FleetSnapshot(FleetRows rows, HealthRules rules, long at, long? drainsAt)
    {
        (_rows, _rules, At, DrainsAt) = (rows, rules, at, drainsAt);
        _health = [.. rows.Devices.Select(row => rules.Of(row, rows.Damaged.Contains(row.Id), at))];
        _whole = new Lazy<FleetStatus>(() => Count(null));
        // Many devices have the same labels.
        _labels = rows.Devices.Select(row => row.Labels).Distinct(StringComparer.Ordinal).ToFrozenDictionary(
            text => text, text => (IReadOnlyDictionary<string, string>)JsonSerializer.Deserialize(text, ProtocolJson.Default.DictionaryStringString)!, StringComparer.Ordinal);
        Map = new FleetMap(at, [.. rows.Devices.Select(row => row.Id)], string.Create(_health.Length, _health, (digits, health) =>
        {
            for (var place = 0; place < digits.Length; place++)
            {
                digits[place] = (char)('0' + (int)health[place]);
            }
        }));
    }

    public long At { get; }

    public long? DrainsAt { get; }

    public FleetMap Map { get; }

    /// <summary>How all devices are: counted once, whoever watches.</summary>
    public FleetStatus Whole => _whole.Value;

    /// <summary>How the devices that a selector names are; null for all.</summary>
    public FleetStatus Status(LabelSelector? selector) => selector is null ? Whole : Count(selector);

    private FleetStatus Count(LabelSelector? selector)
    {
        var places = Enumerable.Range(0, _health.Length).Where(place => selector?.Matches(LabelsOf(place)) != false).ToList();
        var rows = places.ConvertAll(place => _rows.Devices[place]);
        var heard = places.Where(place => _health[place] is not (DeviceHealth.Silent or DeviceHealth.Stopped or DeviceHealth.Unseen)).Select(place => _rows.Devices[place]);
        return new FleetStatus(
            At,
            rows.Count,
            Enum.GetValues<DeviceHealth>().ToDictionary(health => Words.Of(health), health => places.Count(place => _health[place] == health)),
            heard.Where(row => row.Reason is not (null or Heartbeat.ReasonOk)).CountBy(row => row.Reason!).ToDictionary(),
            rows.Where(row => row.AgentVersion is not null).CountBy(row => row.AgentVersion!).ToDictionary(),
            rows.Sum(row => row.PendingRecords ?? 0),
            rows.Sum(row => row.PendingBytes ?? 0),
            rows.Sum(row => row.DeadLetters ?? 0),
            rows.Count(row => _rows.Damaged.Contains(row.Id)),
            rows.Count(_rules.IsClockWrong),
            _rows.Stored,
            rows.Min(row => row.OldestPendingAt),
            selector is null ? DrainsAt : null);
    }

    /// <summary>A page of the devices that a filter names, in its order.</summary>
    /// <param name="filter">Which, and how they are ordered.</param>
    /// <param name="after">The cursor of the page before; null for the first.</param>
    /// <param name="limit">Devices at most.</param>
    public Page<FleetDevice> Devices(FleetFilter filter, FleetCursor? after, int limit)
    {
        var found = Enumerable.Range(0, _health.Length).Where(place => filter.Matches(_rows.Devices[place], _health[place], LabelsOf(place)))
            .Select(place => (Place: place, Cursor: filter.CursorOf(_rows.Devices[place])))
            .Where(item => after is not { } last || item.Cursor.CompareTo(last) > 0)
            .OrderBy(item => item.Cursor).Take(limit + 1).ToList();
        return Paging.ToPage(
            found, limit, item => _rows.Devices[item.Place].ToView(_health[item.Place], _rows.Damaged.Contains(_rows.Devices[item.Place].Id)), item => item.Cursor.ToString());
    }

    /// <summary>What a page that shows an earlier map has to change; null where nothing has, and no changes where other devices are there.</summary>
    public FleetMapChange? ChangesSince(FleetSnapshot earlier)
    {
        if (ReferenceEquals(earlier, this))
        {
            return null;
        }

        if (!Map.Devices.SequenceEqual(earlier.Map.Devices))
        {
            return new FleetMapChange();
        }

        var changes = Enumerable.Range(0, _health.Length).Where(place => Map.Health[place] != earlier.Map.Health[place])
            .ToDictionary(place => place.ToString(CultureInfo.InvariantCulture), place => Map.Health[place].ToString());
        return changes.Count == 0 ? null : new FleetMapChange(changes);
    }

    /// <summary>As a minute of the fleet's history.</summary>
    public FleetSample ToSample()
    {
        int Count(params DeviceHealth[] counted) => _health.Count(counted.Contains);

        return new FleetSample(
            At, _health.Length, Count(DeviceHealth.Ok, DeviceHealth.Attention), Count(DeviceHealth.Silent), Count(DeviceHealth.Failing, DeviceHealth.Late),
            _rows.Devices.Sum(row => row.PendingRecords ?? 0), _rows.Stored, _rows.Devices.Min(row => row.OldestPendingAt));
    }

    private IReadOnlyDictionary<string, string> LabelsOf(int place) => _labels[_rows.Devices[place].Labels];
}
