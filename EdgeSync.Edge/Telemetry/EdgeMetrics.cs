using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>What a process counts of the devices that it has open; callers say what happened. No attribute names a device: a process may have thousands.</summary>
internal sealed class EdgeMetrics
{
    /// <summary>Of every device of this process.</summary>
    public static readonly EdgeMetrics Shared = new(new Meter(EdgeTelemetry.MeterName));

    private readonly Lock _lock = new();
    private readonly HashSet<Backlog> _open = [];
    private readonly Counter<long> _passes;
    private readonly Counter<long> _batches;
    private readonly Counter<long> _acknowledged;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _commands;

    public EdgeMetrics(Meter meter)
    {
        _passes = meter.CreateCounter<long>("edgesync.edge.passes", "{pass}", "Passes of the sync loop that came to their end.");
        _batches = meter.CreateCounter<long>("edgesync.edge.batches", "{batch}", "Batches that were sent, and sent again.");
        _acknowledged = meter.CreateCounter<long>("edgesync.edge.acknowledged", "{record}", "Entries that the control plane acknowledged.");
        _errors = meter.CreateCounter<long>("edgesync.edge.errors", "{error}", "Attempts that failed, by reason and category.");
        _commands = meter.CreateCounter<long>("edgesync.edge.commands", "{command}", "Commands that were run, by outcome.");
        meter.CreateObservableGauge("edgesync.edge.devices", () => Read(static _ => 1L, Sum), "{device}", "Devices that are open.");
        meter.CreateObservableGauge("edgesync.edge.pending.records", () => Read(static backlog => backlog.Records(), Sum), "{record}", "Entries not yet acknowledged.");
        meter.CreateObservableGauge("edgesync.edge.pending.age", () => Read(static backlog => backlog.AgeSeconds(), Math.Max), "s", "Age of the oldest of them.");
    }

    /// <summary>Shows a device's backlog until it is given back; what it asks is asked only when somebody collects, and never after that.</summary>
    public IDisposable Open(Func<long> records, Func<double> ageSeconds)
    {
        var backlog = new Backlog(this, records, ageSeconds);
        lock (_lock)
        {
            _open.Add(backlog);
        }

        return backlog;
    }

    public void PassEnded() => _passes.Add(1);

    public void BatchSent(bool again) => _batches.Add(1, new KeyValuePair<string, object?>("again", again));

    public void Acknowledged(long entries) => _acknowledged.Add(entries);

    /// <param name="code">A code that a control plane newer than this program may say is counted as <c>other</c>: what others say must not make rows without end.</param>
    /// <param name="category">What kind of trouble.</param>
    public void Failed(string code, ProblemCategory category) => _errors.Add(
        1, new KeyValuePair<string, object?>("reason", RecoveryRules.RowOf(code) ?? "other"), new KeyValuePair<string, object?>("category", Words.Of(category)));

    public void CommandRan(CommandOutcome outcome) => _commands.Add(1, new KeyValuePair<string, object?>("outcome", Words.Of(outcome)));

    private static long Sum(long one, long other) => one + other;

    private T Read<T>(Func<Backlog, T> value, Func<T, T, T> join)
        where T : struct
    {
        lock (_lock)
        {
            return _open.Select(TryRead).Aggregate(default, join);
        }

        // A file that cannot be read now says so elsewhere.
        T TryRead(Backlog backlog)
        {
            try
            {
                return value(backlog);
            }
            catch (SqliteException)
            {
                return default;
            }
        }
    }

    private sealed class Backlog(EdgeMetrics metrics, Func<long> records, Func<double> ageSeconds) : IDisposable
    {
        public Func<long> Records => records;

        public Func<double> AgeSeconds => ageSeconds;

        public void Dispose()
        {
            lock (metrics._lock)
            {
                metrics._open.Remove(this);
            }
        }
    }
}
