namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Kills the private PostgreSQL with SIGKILL and starts it again, at least twice in a run, at moments drawn from the seed, whatever else is broken then. It runs again
/// when <see cref="RunAsync"/> returns.
/// </summary>
internal sealed class DatabaseChaos(PostgresServer server, TimeSpan duration, int seed, TimeProvider time)
{
    private const double DownSecondsMax = 1.5;
    private const double PauseSecondsMax = 20;

    // Of the run: two pauses, however long, leave time for both kills.
    private const double PauseShareMax = 0.3;

    public int Kills { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        var random = new Random(unchecked(seed * 19));
        var pauseMax = Math.Min(PauseSecondsMax, PauseShareMax * duration.TotalSeconds);
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(pauseMax * (1 + random.NextDouble()) / 2), time, stop);
                await server.KillAsync();
                Kills++;
                await Task.Delay(TimeSpan.FromSeconds(DownSecondsMax * random.NextDouble()), time, CancellationToken.None);
                await server.StartAgainAsync(CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // Time is up.
        }
    }
}
