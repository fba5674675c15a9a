namespace EdgeSync.EdgeSimulator;

/// <summary>Runs worlds, each on one thread, some beside each other.</summary>
internal sealed class SimulationRun(WorldStage stage)
{
    private readonly Lock _lock = new();

    /// <summary>Runs one world.</summary>
    public WorldResult Run(WorldSettings settings, TextWriter? trace = null)
    {
        try
        {
            using var world = new SimulatedWorld(settings, stage, trace);
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
