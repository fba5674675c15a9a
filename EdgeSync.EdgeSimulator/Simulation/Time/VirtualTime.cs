namespace EdgeSync.EdgeSimulator;

/// <summary>A machine's clock on the wall: as wrong as it is, over restarts of its programs.</summary>
internal sealed class WallClock
{
    /// <summary>Every world begins here.</summary>
    public static readonly DateTimeOffset Beginning = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far it is ahead.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>Seconds that it gains in a second.</summary>
    public double Drift { get; set; }

    public DateTimeOffset At(TimeSpan running) => Beginning + running + (running * Drift) + Offset;
}

/// <summary>The time when worlds begin, at which time stands still: for what is made before there is a world.</summary>
internal sealed class FirstDay : TimeProvider
{
    private FirstDay()
    {
    }

    public static TimeProvider Time { get; } = new FirstDay();

    public override DateTimeOffset GetUtcNow() => WallClock.Beginning;
}

/// <summary>Time as one process sees it: its machine's clock on the wall, and running time and timers that are everyone's.</summary>
internal sealed class VirtualTime(VirtualScheduler scheduler, VirtualProcess process, WallClock clock) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => clock.At(scheduler.Now);

    public override long GetTimestamp() => scheduler.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(scheduler, process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>A timer of a process.</summary>
internal sealed class VirtualTimer(VirtualScheduler scheduler, VirtualProcess process, TimerCallback callback, object? state) : ITimer
{
    private long _generation;
    private TimeSpan _period;

    public VirtualProcess Process => process;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (process.IsDead || !scheduler.CheckThread(process, callback))
        {
            return false;
        }

        _generation++;
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            scheduler.Set(this, dueTime, _generation);
        }

        return true;
    }

    public bool IsDue(long generation) => generation == _generation;

    public void Fire()
    {
        if (_period > TimeSpan.Zero)
        {
            scheduler.Set(this, _period, _generation);
        }

        callback(state);
    }

    public void Dispose() => _generation++;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
