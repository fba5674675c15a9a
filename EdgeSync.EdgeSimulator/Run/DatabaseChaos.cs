namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Kills the private PostgreSQL with SIGKILL and starts it again, at moments drawn from the seed, whatever else is broken then. It runs again when
/// <see cref="RunAsync"/> returns.
/// </summary>
internal sealed class DatabaseChaos(PostgresServer server, TimeSpan duration, int seed, Timeline timeline, TimeProvider time)
{
    /// <summary>How often it is killed at least in a run of <see cref="CertainSeconds"/> or more.</summary>
    public const int KillsMin = 2;

    /// <summary>Shorter runs may be over while it recovers on a busy machine.</summary>
    public const double CertainSeconds = 30;

    private const double DownSecondsMax = 1.5;
    private const double PauseSecondsMax = 20;

    // Of the run: two pauses, however long, leave time for both kills.
    private const double PauseShareMax = 1.0 / 3;

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
                timeline.Note("database killed");
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
