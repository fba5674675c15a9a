using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>
/// The rules about the database itself, evaluated in the memory of each instance for itself: what cannot be written down must still be told. It goes by the rules and silences that were read
/// last. What is over becomes a row when the database is back.
/// </summary>
internal sealed class DatabaseWatch
{
    private const int OverMax = 100;

    private readonly TimeProvider _time;
    private readonly string _instance;
    private readonly AlertPace _pace;
    private readonly IReadOnlyList<AlertAudience> _audience;
    private readonly Queue<AlertRow> _over = new();
    private IReadOnlyList<AlertRule> _rules;
    private AlertSilencing _silencing = AlertSilencing.None;
    private IReadOnlyList<AlertRow> _unfinished = [];
    private IReadOnlyList<AlertGroup> _groups = [];
    private long _usableAt;
    private volatile bool _isAway;

    public DatabaseWatch(AlertRuleBook book, WebhookSender sender, InstanceName instance, IOptions<AlertOptions> options, TimeProvider time)
    {
        (_time, _instance, _pace, _audience) = (time, instance.Value, options.Value.Pace, sender.Audience);
        _rules = Mine(book.Given.Select(view => view.Rule));
        _usableAt = time.GetMicroseconds();
    }

    /// <summary>Whether the last look found that it cannot be used.</summary>
    public bool IsAway => _isAway;

    /// <summary>Whether a rule is evaluated here, and not by one instance for all.</summary>
    public static bool IsMine(AlertRule rule) => rule.Kind == AlertKind.DatabaseUnavailable;

    /// <summary>What to go by from now on.</summary>
    public void Use(IEnumerable<AlertRule> rules, AlertSilencing silencing) => (_rules, _silencing) = (Mine(rules), silencing);

    /// <summary>A look found that it can be used.</summary>
    public AlertPlan Usable()
    {
        (_isAway, _usableAt) = (false, _time.GetMicroseconds());
        return Go([]);
    }

    /// <summary>A look found that it cannot be used.</summary>
    public AlertPlan Away()
    {
        _isAway = true;
        return Go([new LabelShare { Part = _time.GetMicroseconds() - _usableAt }]);
    }

    /// <summary>Alerts that are over and in no table.</summary>
    public IReadOnlyList<AlertRow> Over => [.. _over];

    /// <summary>They are in the table.</summary>
    public void Kept() => _over.Clear();

    private AlertPlan Go(IReadOnlyList<LabelShare> seen)
    {
        var readings = new AlertReadings(
            new Dictionary<AlertKind, IReadOnlyList<DeviceAmount>>(), new Dictionary<AlertKind, IReadOnlyList<LabelShare>> { [AlertKind.DatabaseUnavailable] = seen });
        var plan = AlertPlan.Of(new AlertRound(_rules, _unfinished, _groups, _silencing, _pace, _audience), readings, _time.GetMicroseconds(), _instance);
        var rows = _unfinished.ToDictionary(row => row.Id);
        foreach (var row in plan.Rows)
        {
            rows[row.Id] = row;
        }

        foreach (var row in plan.Dropped)
        {
            rows.Remove(row.Id);
        }

        foreach (var row in rows.Values.Where(row => !row.IsUnfinished))
        {
            _over.Enqueue(row);
            if (_over.Count > OverMax)
            {
                _over.Dequeue();
            }
        }

        _unfinished = [.. rows.Values.Where(row => row.IsUnfinished)];
        _groups = [.. _groups.Where(group => plan.Groups.All(changed => changed.Rule != group.Rule)), .. plan.Groups];
        return plan;
    }

    private static IReadOnlyList<AlertRule> Mine(IEnumerable<AlertRule> rules) => [.. rules.Where(rule => rule.Enabled && IsMine(rule))];
}
