using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>A fleet spread over worker processes: for its file descriptors, and so that devices can be killed.</summary>
internal sealed class WorkerFleet : IFleet
{
    private readonly List<WorkerProcess> _workers = [];
    private bool _producing;
    private bool _healed;

    public WorkerFleet(FleetSettings settings, int workers, string folder, TimeProvider time)
    {
        var size = (settings.Count + workers - 1) / workers;
        for (var first = settings.First; first < settings.First + settings.Count; first += size)
        {
            var count = Math.Min(size, settings.First + settings.Count - first);
            var part = settings with { First = first, Count = count, PanelWritesPerMinute = settings.PanelWritesPerMinute * count / settings.Count };
            _workers.Add(new WorkerProcess(string.Create(CultureInfo.InvariantCulture, $"worker-{_workers.Count}"), part, folder, time));
        }
    }

    public int Workers => _workers.Count;

    public FleetStats Stats => _workers.Aggregate(FleetStats.None, (sum, worker) => sum + worker.Stats);

    public ProcessUsage OtherProcesses => _workers.Aggregate(default(ProcessUsage), (sum, worker) => sum + worker.Usage);

    public async Task ConnectAsync(CancellationToken ct)
    {
        _workers.ForEach(worker => worker.Start());
        await AllAsync(WorkerWords.Connect, ct);
    }

    public Task BeginAsync()
    {
        _producing = true;
        return AllAsync(WorkerWords.Begin, CancellationToken.None);
    }

    public Task HaltAsync()
    {
        _producing = false;
        return AllAsync(WorkerWords.Halt, CancellationToken.None);
    }

    public Task HealAsync()
    {
        _healed = true;
        return AllAsync(WorkerWords.Heal, CancellationToken.None);
    }

    public Task<bool> DrainAsync(CancellationToken ct) => AllAsync(WorkerWords.Drain, ct);

    public Task CopyAsync(int device) => Of(device).DoAsync(string.Create(CultureInfo.InvariantCulture, $"{WorkerWords.Copy} {device}"), CancellationToken.None);

    public Task<bool> RollBackAsync(int device) => Of(device).DoAsync(string.Create(CultureInfo.InvariantCulture, $"{WorkerWords.RollBack} {device}"), CancellationToken.None);

    /// <summary>Kills a worker in the middle of whatever it does.</summary>
    public Task KillAsync(int worker) => _workers[worker].KillAsync();

    /// <summary>Starts a killed worker again.</summary>
    public async Task RestartAsync(int worker, CancellationToken ct)
    {
        _workers[worker].Start();
        var lines = new List<string> { WorkerWords.Connect };
        lines.AddRange(_healed ? [WorkerWords.Heal] : []);
        lines.AddRange(_producing ? [WorkerWords.Begin] : []);
        foreach (var line in lines)
        {
            await _workers[worker].DoAsync(line, ct);
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_workers.Select(worker => worker.DisposeAsync().AsTask()));

    private WorkerProcess Of(int device) => _workers.Find(worker => device >= worker.Settings.First && device < worker.Settings.First + worker.Settings.Count)!;

    private async Task<bool> AllAsync(string line, CancellationToken ct)
    {
        try
        {
            return Array.TrueForAll(await Task.WhenAll(_workers.Select(worker => worker.DoAsync(line, ct))), done => done);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
