namespace EdgeSync.Commands;

/// <summary>Notifications that must not wait for the database, in the memory of this instance; the oldest give way. When the database is back they become rows of it.</summary>
internal sealed class DirectNotifications
{
    private const int Max = 100;

    private readonly Lock _lock = new();
    private readonly LinkedList<NotificationRow> _rows = [];

    public void Add(IEnumerable<NotificationRow> rows)
    {
        lock (_lock)
        {
            foreach (var row in rows)
            {
                _rows.AddLast(row);
                if (_rows.Count > Max)
                {
                    _rows.RemoveFirst();
                }
            }
        }
    }

    /// <summary>Those that are due, counted as tried.</summary>
    public IReadOnlyList<NotificationRow> TakeDue(long now) => Take(row => row is { IsWaiting: true, NextAttemptAt: var at } && at <= now, row => row with { Attempts = row.Attempts + 1 });

    /// <summary>All of them.</summary>
    public IReadOnlyList<NotificationRow> TakeAll() => Take(_ => true, row => row);

    private List<NotificationRow> Take(Func<NotificationRow, bool> wanted, Func<NotificationRow, NotificationRow> with)
    {
        lock (_lock)
        {
            var taken = _rows.Where(wanted).ToList();
            taken.ForEach(row => _rows.Remove(row));
            return [.. taken.Select(with)];
        }
    }
}
