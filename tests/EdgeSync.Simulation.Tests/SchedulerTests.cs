using EdgeSync.EdgeSimulator;

namespace EdgeSync.Simulation.Tests;

/// <summary>One thread, one order, one time.</summary>
public sealed class SchedulerTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly VirtualScheduler _scheduler = new(new Random(1));
    private readonly List<string> _ran = [];

    [Fact]
    public void Time_moves_to_what_is_due_next_and_no_further()
    {
        var process = Process("a");
        using var late = process.Time.CreateTimer(_ => _ran.Add($"late at {_scheduler.Now.TotalSeconds}"), null, TimeSpan.FromSeconds(20), Timeout.InfiniteTimeSpan);
        using var soon = process.Time.CreateTimer(_ => _ran.Add($"soon at {_scheduler.Now.TotalSeconds}"), null, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10));

        RunTo(TimeSpan.FromSeconds(21));

        Assert.Equal(["soon at 3", "soon at 13", "late at 20"], _ran);
        Assert.Equal(TimeSpan.FromSeconds(21), _scheduler.Now);
    }

    [Fact]
    public void An_awaited_delay_comes_back_to_its_process_on_the_same_thread()
    {
        var (process, thread) = (Process("a"), Environment.CurrentManagedThreadId);
        process.Do(() => _ = WaitAsync());

        RunTo(Hour);

        Assert.Equal(["back"], _ran);
        Assert.Null(_scheduler.Fault);

        async Task WaitAsync()
        {
            await Task.Delay(TimeSpan.FromMinutes(1), process.Time);
            Assert.Equal((thread, process), (Environment.CurrentManagedThreadId, SynchronizationContext.Current));
            _ran.Add("back");
        }
    }

    [Fact]
    public void Nothing_of_a_killed_process_runs_any_more()
    {
        var process = Process("a");
        using var timer = process.Time.CreateTimer(_ => _ran.Add("timer"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        process.Do(() => _ran.Add("queued"));
        _scheduler.After(TimeSpan.FromSeconds(1), process, () => _ran.Add("delivered"));

        process.Kill();
        process.Do(() => _ran.Add("posted"));
        RunTo(Hour);

        Assert.Empty(_ran);
    }

    [Fact]
    public async Task What_comes_from_another_thread_ends_the_world()
    {
        var (process, waited) = (Process("a"), new TaskCompletionSource());
        process.Do(() => _ = WaitAsync());
        RunTo(Hour);

        await Task.Run(waited.SetResult, TestContext.Current.CancellationToken);

        Assert.Contains("came from another thread", _scheduler.Fault, StringComparison.Ordinal);

        async Task WaitAsync() => await waited.Task;
    }

    [Fact]
    public void An_exception_that_nobody_takes_ends_the_world()
    {
        Process("a").Do(() => throw new InvalidOperationException("Oh."));

        RunTo(Hour);

        Assert.Contains("Oh.", _scheduler.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clock_on_the_wall_may_be_wrong_while_running_time_is_everyones()
    {
        var clock = new WallClock { Offset = TimeSpan.FromDays(-3), Drift = 0.5 };
        var process = new VirtualProcess("a", _scheduler, clock);
        var began = process.Time.GetTimestamp();

        RunTo(TimeSpan.FromSeconds(10));

        Assert.Equal(WallClock.Beginning + TimeSpan.FromSeconds(15) - TimeSpan.FromDays(3), process.Time.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(10), process.Time.GetElapsedTime(began));
    }

    private VirtualProcess Process(string name) => new(name, _scheduler, new WallClock());

    private void RunTo(TimeSpan until)
    {
        while (_scheduler.Fault is null && _scheduler.RunOne(until))
        {
        }
    }
}
