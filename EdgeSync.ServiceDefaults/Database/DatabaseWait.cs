using System.Data.Common;

namespace EdgeSync.ServiceDefaults;

/// <summary>Waits for a database that cannot be reached, as long as it takes; readiness says so meanwhile.</summary>
public static class DatabaseWait
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Tries the work each second until the database lets it through, or the service stops.</summary>
    /// <returns>Whether it was done; false when the service stops.</returns>
    /// <exception cref="DbException">Of a database that is there: waiting does not help.</exception>
    public static async Task<bool> UntilDoneAsync(Func<CancellationToken, Task> work, TimeProvider time, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            while (true)
            {
                await Task.Delay(Pause, time, stop);
                try
                {
                    await work(stop);
                    return true;
                }
                catch (DbException e) when (DatabaseFaults.IsUnavailable(e))
                {
                    // Still away.
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
    }
}
