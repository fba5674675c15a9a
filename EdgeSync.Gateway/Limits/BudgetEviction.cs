namespace EdgeSync.Gateway;

/// <summary>Keeps the table of budgets as large as the fleet that is there.</summary>
internal sealed class BudgetEviction(RateLimits limits, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            limits.EvictIdle();
        }
    }
}
