namespace EdgeSync.EdgeSimulator;

/// <summary>
/// One run of a program in a world: the context that its continuations come back to. Killing it drops what it has queued, its timers and whatever would still have come to it, for ever; what is
/// left of it is what it had on its disk.
/// </summary>
internal sealed class VirtualProcess : SynchronizationContext
{
    private readonly VirtualScheduler _scheduler;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private readonly List<Action> _killed = [];

    public VirtualProcess(string name, VirtualScheduler scheduler, WallClock clock)
    {
        (Name, _scheduler) = (name, scheduler);
        Time = new VirtualTime(scheduler, this, clock);
    }

    public string Name { get; }

    public bool IsDead { get; private set; }

    /// <summary>Its clock and its timers.</summary>
    public VirtualTime Time { get; }

    /// <summary>Runs something in this process.</summary>
    public void Do(Action action) => Post(static state => ((Action)state!)(), action);

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsDead || !_scheduler.CheckThread(this, state))
        {
            return;
        }

        _queue.Enqueue((d, state));
        if (_queue.Count == 1)
        {
            _scheduler.MakeReady(this);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing waits in a world.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Called when it is killed.</summary>
    public void OnKilled(Action action) => _killed.Add(action);

    public void Kill()
    {
        if (IsDead)
        {
            return;
        }

        IsDead = true;
        if (_queue.Count > 0)
        {
            _queue.Clear();
            _scheduler.MakeIdle(this);
        }

        _killed.ForEach(action => action());
    }

    /// <summary>For what runs in it at a place where it may have been killed.</summary>
    /// <exception cref="ProcessKilledException">It was.</exception>
    public void ThrowIfDead()
    {
        if (IsDead)
        {
            throw new ProcessKilledException();
        }
    }

    internal (SendOrPostCallback Callback, object? State) Dequeue()
    {
        var next = _queue.Dequeue();
        if (_queue.Count == 0)
        {
            _scheduler.MakeIdle(this);
        }

        return next;
    }
}

/// <summary>Unwinds what runs in a process that was killed in the middle.</summary>
internal sealed class ProcessKilledException : Exception;
