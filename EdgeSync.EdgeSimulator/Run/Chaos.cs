namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Kills what can be killed, in an order drawn from the seed: services and workers with SIGKILL, restarted after a while; device files replaced by an older copy
/// whose later rows were uploaded. Whatever it broke stands again when <see cref="RunAsync"/> returns.
/// </summary>
internal sealed class Chaos(ControlPlaneProcesses? controlPlane, WorkerFleet fleet, int devices, int seed, Timeline timeline, TimeProvider time)
{
    private const double DownSecondsMax = 1.5;
    private const double PauseSecondsMax = 3;

    public int ServicesKilled { get; private set; }

    public int WorkersKilled { get; private set; }

    public int FilesRolledBack { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        var random = new Random(unchecked(seed * 17));
        var copied = new Queue<int>();
        try
        {
            for (var round = 0; ; round++)
            {
                var device = random.Next(devices);
                await fleet.CopyAsync(device);
                copied.Enqueue(device);
                await Task.Delay(TimeSpan.FromSeconds(PauseSecondsMax * random.NextDouble()), time, stop);
                // The kinds in turn, so that a short run has all of them.
                var kind = round % 3;
                await (kind == 0 ? KillServiceAsync(random) : kind == 1 ? KillWorkerAsync(random) : RollBackAsync(copied.Dequeue()));
            }
        }
        catch (OperationCanceledException)
        {
            // Time is up.
        }
    }

    private async Task KillServiceAsync(Random random)
    {
        if (controlPlane is null)
        {
            return;
        }

        var service = ControlPlaneSettings.Services[random.Next(ControlPlaneSettings.Services.Count)];
        await controlPlane.KillAsync(service);
        ServicesKilled++;
        timeline.Note($"{service} killed");
        await DownAsync(random);
        await controlPlane.StartAgainAsync(service, CancellationToken.None);
    }

    private async Task KillWorkerAsync(Random random)
    {
        var worker = random.Next(fleet.Workers);
        await fleet.KillAsync(worker);
        WorkersKilled++;
        timeline.Note("worker killed");
        await DownAsync(random);
        await fleet.RestartAsync(worker, CancellationToken.None);
    }

    private async Task RollBackAsync(int device)
    {
        if (await fleet.RollBackAsync(device))
        {
            FilesRolledBack++;
            timeline.Note("file rolled back");
        }
    }

    private Task DownAsync(Random random) => Task.Delay(TimeSpan.FromSeconds(DownSecondsMax * random.NextDouble()), time, CancellationToken.None);
}
