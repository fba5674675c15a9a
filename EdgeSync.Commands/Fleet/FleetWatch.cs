using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>The picture of the fleet that everybody is shown: read from the database when somebody asks and it is older than the refresh interval, so that many who look cost no more than one.</summary>
internal sealed class FleetWatch(FleetStore store, FleetHistoryStore history, IOptions<StatusOptions> options, TimeProvider time) : IDisposable
{
    // Whoever comes at each interval comes a moment early now and then, and wants another picture.
    private const double FreshShare = 0.75;

    private readonly HealthRules _rules = HealthRules.Of(options.Value);
    private readonly SemaphoreSlim _reading = new(1);
    private volatile FleetSnapshot? _snapshot;
    private int _watchers;

    /// <summary>The fleet as it was at most a refresh interval ago.</summary>
    public async ValueTask<FleetSnapshot> ReadAsync(CancellationToken ct)
    {
        if (Fresh() is { } known)
        {
            return known;
        }

        await _reading.WaitAsync(ct);
        try
        {
            return Fresh() ?? (_snapshot = await LoadAsync(ct));
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Makes room for someone who watches, until it is disposed of; null where too many do.</summary>
    public IDisposable? TryWatch()
    {
        if (Interlocked.Increment(ref _watchers) <= options.Value.WatchersMax)
        {
            return new Watcher(this);
        }

        Interlocked.Decrement(ref _watchers);
        return null;
    }

    public void Dispose() => _reading.Dispose();

    private FleetSnapshot? Fresh() =>
        _snapshot is { } known && Math.Abs(time.GetMicroseconds() - known.At) < (long)(FreshShare * options.Value.RefreshInterval.TotalMicroseconds) ? known : null;

    private async Task<FleetSnapshot> LoadAsync(CancellationToken ct)
    {
        var now = time.GetMicroseconds();
        var rows = await store.ReadAsync(ct);
        var lately = (await history.ReadAsync(now - BacklogForecast.Window, ct)).ConvertAll(sample => (sample.At, sample.PendingRecords));
        lately.Add((now, rows.Devices.Sum(row => row.PendingRecords ?? 0)));
        return new FleetSnapshot(rows, _rules, now, BacklogForecast.EmptyAt(lately));
    }

    private sealed class Watcher(FleetWatch watch) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref watch._watchers);
    }
}
