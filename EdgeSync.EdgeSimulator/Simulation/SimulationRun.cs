namespace EdgeSync.EdgeSimulator;

/// <summary>Runs worlds, each on one thread, some beside each other.</summary>
internal sealed class SimulationRun(WorldStage stage)
{
    private readonly Lock _lock = new();

    /// <summary>Runs one world.</summary>
    /// <param name="settings">Which one.</param>
    /// <param name="trace">Where its trace is written out; null for nowhere.</param>
    /// <param name="tamper">Called before it begins: what a test does to it, so that a check has something to find.</param>
    public WorldResult Run(WorldSettings settings, TextWriter? trace = null, Action<SimulatedWorld>? tamper = null)
    {
        try
        {
            using var world = new SimulatedWorld(settings, stage, trace);
            tamper?.Invoke(world);
            return world.Run();
        }
#pragma warning disable CA1031 // A simulation that breaks is a finding too.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new WorldResult(settings, new Finding("simulation", e.ToString(), 0, TimeSpan.Zero), "", TimeSpan.Zero, 0, 0);
        }
    }

    /// <summary>Runs worlds, as many at once as <paramref name="parallel"/>, and hands over each result, one at a time, as they end.</summary>
    public void RunAll(IEnumerable<WorldSettings> worlds, int parallel, Action<WorldResult> done, CancellationToken ct)
    {
        using var next = worlds.GetEnumerator();
        var threads = Enumerable.Range(0, parallel).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        void Work()
        {
            while (!ct.IsCancellationRequested && Take() is { } settings)
            {
                var result = Run(settings);
                lock (_lock)
                {
                    done(result);
                }
            }
        }

        WorldSettings? Take()
        {
            lock (_lock)
            {
                return next.MoveNext() ? next.Current : null;
            }
        }
    }
}
