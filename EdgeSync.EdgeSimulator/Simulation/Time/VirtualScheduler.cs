namespace EdgeSync.EdgeSimulator;

/// <summary>
/// A world's one thread and its time. What is ready runs now, one callback after the other, in an order that is drawn; when nothing is ready, time moves to what is due next. Nothing
/// in a world runs anywhere else: a callback that comes from another thread is a fault of the simulation, and ends the world.
/// </summary>
internal sealed class VirtualScheduler(Random random)
{
    private readonly PriorityQueue<Due, (long At, long Order)> _due = new();
    private readonly List<VirtualProcess> _ready = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _order;

    /// <summary>Running time since the world's beginning.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Callbacks that have run.</summary>
    public long Callbacks { get; private set; }

    /// <summary>What must not have happened, if it has.</summary>
    public string? Fault { get; private set; }

    /// <summary>Called after each callback, with the process that it was of; null where it was of none.</summary>
    public Action<VirtualProcess?> Ran { get; set; } = static _ => { };

    /// <summary>Runs one callback, or moves time to the next one and runs it.</summary>
    /// <param name="until">No further than to this time.</param>
    /// <returns>False when nothing is left until then.</returns>
    public bool RunOne(TimeSpan until)
    {
        if (_ready.Count > 0)
        {
            var process = _ready[_ready.Count == 1 ? 0 : random.Next(_ready.Count)];
            Run(process, process.Dequeue());
            return true;
        }

        while (_due.TryPeek(out var due, out var place))
        {
            if (place.At > until.Ticks)
            {
                break;
            }

            _due.Dequeue();
            if (due.Timer is { } timer && !timer.IsDue(due.Generation))
            {
                continue;
            }

            if (due.Process is { IsDead: true })
            {
                continue;
            }

            Now = new TimeSpan(Math.Max(Now.Ticks, place.At));
            RunOutside(due.Process, due.Timer is null ? due.Action! : due.Timer.Fire);
            return true;
        }

        Now = until > Now ? until : Now;
        return false;
    }

    /// <summary>Runs something later, outside of any process's context: so that continuations of libraries, which leave their context, go on here and not on the machine's threads.</summary>
    /// <param name="delay">From now.</param>
    /// <param name="process">Without this process it does not happen; null: it happens in any case.</param>
    /// <param name="action">What happens.</param>
    public void After(TimeSpan delay, VirtualProcess? process, Action action) => _due.Enqueue(new Due(process, action, null, 0), (Now.Ticks + Math.Max(0, delay.Ticks), _order++));

    internal void Set(VirtualTimer timer, TimeSpan delay, long generation) =>
        _due.Enqueue(new Due(timer.Process, null, timer, generation), (Now.Ticks + Math.Max(0, delay.Ticks), _order++));

    internal void MakeReady(VirtualProcess process) => _ready.Add(process);

    internal void MakeIdle(VirtualProcess process) => _ready.Remove(process);

    /// <summary>Ends the world.</summary>
    public void Fail(string fault) => Fault ??= fault;

    /// <summary>Whether this is the world's thread.</summary>
    public bool CheckThread(VirtualProcess process, object? work)
    {
        if (Environment.CurrentManagedThreadId == _thread)
        {
            return true;
        }

        Fail($"{process.Name}: {(work as Delegate)?.Target ?? work} came from another thread.\n{Environment.StackTrace}");
        return false;
    }

    private void Run(VirtualProcess process, (SendOrPostCallback Callback, object? State) work)
    {
        SynchronizationContext.SetSynchronizationContext(process);
        Guard(process, () => work.Callback(work.State));
    }

    private void RunOutside(VirtualProcess? process, Action action)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        Guard(process, action);
    }

    private void Guard(VirtualProcess? process, Action action)
    {
        Callbacks++;
        try
        {
            action();
        }
        catch (ProcessKilledException)
        {
            // It is dead, and nothing of it runs any more.
        }
#pragma warning disable CA1031 // Whatever a callback throws is a finding of the simulation.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail($"{process?.Name ?? "the world"}: an exception that nobody takes: {e}");
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }

        Ran(process);
    }

    private readonly record struct Due(VirtualProcess? Process, Action? Action, VirtualTimer? Timer, long Generation);
}
