namespace EdgeSync.EdgeSimulator;

internal static class Waits
{
    /// <summary>Returns when the token is cancelled.</summary>
    public static async Task UntilAsync(TimeProvider time, CancellationToken cancelled)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancelled);
        }
        catch (OperationCanceledException)
        {
            // That is what was waited for.
        }
    }

    /// <summary>Returns when the other end of an input has gone, or the token is cancelled.</summary>
    public static async Task UntilEndAsync(TextReader input, CancellationToken cancelled)
    {
        try
        {
            while (await input.ReadLineAsync(cancelled) is not null)
            {
            }
        }
        catch (OperationCanceledException)
        {
            // That is what was waited for.
        }
    }
}
