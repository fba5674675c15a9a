namespace EdgeSync.Benchmarks;

/// <summary>The control plane alone, as devices reach it: over mutual TLS, with tokens and limits, through the gateway; with one instance of ingest behind it and with several.</summary>
internal sealed class SecuredStage : IStage
{
    private const int SmallBatchPart = 4;
    private const int FirstSeed = 10;

    private readonly List<IAsyncDisposable> _running = [];
    private readonly List<Way> _ways = [];

    private SecuredStage()
    {
    }

    public IEnumerable<Way> Ways => _ways;

    public static async Task<IStage> StartAsync(SystemSettings settings, BenchmarkDatabase database, TimeProvider time, CancellationToken ct)
    {
        var stage = new SecuredStage();
        try
        {
            var pki = new FleetPki(time);
            stage._running.Add(new Owned(pki));
            foreach (var instances in new[] { 1, settings.Instances }.Distinct())
            {
                var plane = await SecuredPlane.StartAsync(database.ConnectionString, pki, instances, settings.Connections, asItComes: false, time, ct);
                stage._running.Add(plane);
                var load = new SecuredLoad(plane.DeviceAddress, pki, settings.Connections, FirstSeed + instances);
                stage._running.Add(new Owned(load));
                stage.Add(plane, load, instances, settings, time);
            }

            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            await _running[i].DisposeAsync();
        }
    }

    private void Add(SecuredPlane plane, SecuredLoad load, int instances, SystemSettings settings, TimeProvider time)
    {
        foreach (var (size, part) in ((int, int)[])[(10, SmallBatchPart), (50, 1)])
        {
            _ways.Add(new Way(WayNames.Secured(size, instances), async ct =>
            {
                await load.ConnectAsync(ct);
                var requests = load.Encode(settings.Readings / part, size, time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000);
                return new Work(
                    requests.Sum(own => (long)own.Count) * size,
                    () => plane.Gateway.ProcessorMicroseconds,
                    () => plane.Ingest.Sum(ingest => ingest.ProcessorMicroseconds),
                    ct => load.SendAsync(requests, ct));
            }));
        }
    }
}
