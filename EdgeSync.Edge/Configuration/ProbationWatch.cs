using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>Asks the checks of values on probation, and lets them stay or takes them back.</summary>
internal sealed partial class ProbationWatch(
    ProbationStore store, DeviceConfig config, SyncLogStore syncLog, EdgeDeviceOptions options, TimeProvider time, ILogger logger)
    : IDisposable
{
    private const int ReasonCharactersMax = 512;
    private static readonly TimeSpan IdleMax = TimeSpan.FromMinutes(10);

    private readonly WakeSignal _wake = new(time);
    private readonly long _origin = time.GetTimestamp();

    // By the running time, which no jump of the wall clock touches.
    private Dictionary<(string Key, long Until), TimeSpan> _ends = [];
    private Dictionary<string, TimeSpan> _asks = new(StringComparer.Ordinal);

    private TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>Values may have come on probation.</summary>
    public void Wake() => _wake.Set();

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var wait = options.BackoffMax;
            try
            {
                wait = await LookAsync(stop);
            }
            catch (SqliteException e)
            {
                LogStorage(e, e.Message);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }

            await _wake.WaitAsync(wait, stop);
        }
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>Asks whom it is time to ask.</summary>
    /// <returns>How long until the next is to be asked.</returns>
    internal async Task<TimeSpan> LookAsync(CancellationToken stop)
    {
        var groups = ReadGroups();
        foreach (var group in groups.Where(group => group.AskAt <= Now))
        {
            var askedAt = Now;
            _asks[group.Check] = askedAt + group.Interval;
            var result = await AskAsync(group.Check, group.Interval, stop);
            End(group.Probations, [.. group.Probations.Where(probation => EndOf(probation) <= askedAt)], result);
        }

        if (groups.Count == 0)
        {
            return IdleMax;
        }

        var next = ReadGroups().Select(group => group.AskAt - Now).DefaultIfEmpty(IdleMax).Min();
        return next > TimeSpan.Zero ? next : TimeSpan.Zero;
    }

    private List<Group> ReadGroups()
    {
        var (now, clock, running) = (Now, time.GetMicroseconds(), store.ReadAll());
        _ends = running.ToDictionary(probation => (probation.Key, probation.Until), probation => _ends.TryGetValue((probation.Key, probation.Until), out var end)
            ? end
            : now + ProbationDecision.Remaining(probation, clock));
        var groups = new List<Group>();
        foreach (var group in running.GroupBy(probation => probation.Health.Check, StringComparer.Ordinal))
        {
            var interval = group.Min(probation => ProbationDecision.Interval(probation.Health.WithinSeconds));
            var askAt = _asks.TryGetValue(group.Key, out var asked) && asked < now + interval ? asked : now + interval;
            _asks[group.Key] = askAt;
            var firstEnd = group.Min(EndOf);
            groups.Add(new Group(group.Key, [.. group], interval, firstEnd < askAt ? firstEnd : askAt));
        }

        _asks = groups.ToDictionary(group => group.Check, group => _asks[group.Check], StringComparer.Ordinal);
        return groups;
    }

    private TimeSpan EndOf(Probation probation) => _ends[(probation.Key, probation.Until)];

    private void End(IReadOnlyList<Probation> all, IReadOnlyList<Probation> over, ConfigCheckResult result)
    {
        switch (ProbationDecision.Next(result, over.Count > 0))
        {
            case ProbationStep.Confirm when store.Confirm(over) is { Count: > 0 } confirmed:
                syncLog.Write("config", "confirmed", $"{Keys(confirmed.Select(probation => probation.Key))}: check {over[0].Health.Check} holds.");
                config.Written();
                break;
            case ProbationStep.RollBack:
                RollBack(all, $"Check {all[0].Health.Check}: {result.Reason}");
                break;
            default:
                break;
        }
    }

    private void RollBack(IReadOnlyList<Probation> probations, string reason)
    {
        reason = reason.Length <= ReasonCharactersMax ? reason : reason[..ReasonCharactersMax];
        var changes = store.RollBack(probations, reason);
        if (changes.Count > 0)
        {
            syncLog.Write("config", "rolled-back", $"{Keys(changes.Select(change => change.Key))}: {reason}");
            config.Tell(changes, byControlPlane: false);
            config.Written();
        }
    }

    private async Task<ConfigCheckResult> AskAsync(string name, TimeSpan patience, CancellationToken stop)
    {
        if (!options.ConfigChecks.TryGetValue(name, out var check))
        {
            return ConfigCheckResult.Failed(ProbationDecision.WhyUnknown(name, options.ConfigChecks.Keys));
        }

        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            return await check(cancel.Token).AsTask().WaitAsync(patience, time, stop);
        }
        catch (TimeoutException)
        {
            await cancel.CancelAsync();
            return ConfigCheckResult.NotYet(FormattableString.Invariant($"has not answered within {patience.TotalSeconds} s"));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // A check is the device program's code: whatever it throws says that the device is not well.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogThrew(e, name);
            return ConfigCheckResult.Failed($"{e.GetType().Name}: {e.Message}");
        }
    }

    private static string Keys(IEnumerable<string> keys) => string.Join(", ", keys.Take(10));

    private sealed record Group(string Check, IReadOnlyList<Probation> Probations, TimeSpan Interval, TimeSpan AskAt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The configuration check {Check} failed; the values on probation under it are taken back")]
    private partial void LogThrew(Exception exception, string check);

    [LoggerMessage(Level = LogLevel.Error, Message = "Values on probation cannot be read or written: {Error}")]
    private partial void LogStorage(Exception exception, string error);
}
