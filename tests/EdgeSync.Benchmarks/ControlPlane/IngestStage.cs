using System.Globalization;
using EdgeSync.Testing;

namespace EdgeSync.Benchmarks;

/// <summary>Ingest alone, over HTTP/2 without TLS as the gateway speaks to it: as it is, and with a transaction for each batch.</summary>
internal sealed class IngestStage : IStage
{
    private const int UngroupedPart = 10;
    private const int SmallBatchPart = 2;
    private const int WritersMax = 16;

    private readonly SystemSettings _settings;
    private readonly TimeProvider _time;
    private readonly List<IAsyncDisposable> _running = [];
    private readonly List<Way> _ways = [];

    private IngestStage(SystemSettings settings, TimeProvider time) => (_settings, _time) = (settings, time);

    public IEnumerable<Way> Ways => _ways;

    public static async Task<IStage> StartAsync(SystemSettings settings, BenchmarkDatabase database, TimeProvider time, CancellationToken ct)
    {
        // A queue that holds every request, should one writer get them all; and without groups as many transactions at once as ingest can be told to have.
        var queue = ("Ingest:QueueWritesMax", Text(settings.InFlight * WritersMax));
        // The table is emptied before each measurement, which a sweep would take for damage.
        var sweep = ("Ingest:VerificationRows", "0");
        var stage = new IngestStage(settings, time);
        try
        {
            await stage.AddAsync(database, [queue, sweep], seed: 2, [(WayNames.Ingest(10), 10, SmallBatchPart), (WayNames.Ingest(50), 50, 1), (WayNames.Ingest(500), 500, 1)], ct);
            await stage.AddAsync(database, [queue, sweep, ("Ingest:CommitRowsMax", "1"), ("Ingest:Writers", Text(WritersMax))], seed: 3, [(WayNames.Ungrouped, 10, UngroupedPart)], ct);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            await _running[i].DisposeAsync();
        }
    }

    private async Task AddAsync(BenchmarkDatabase database, IEnumerable<(string, string)> options, int seed, IEnumerable<(string Name, int Size, int Part)> ways, CancellationToken ct)
    {
        var ingest = await ServiceProcess.StartAsync("EdgeSync.Ingest.dll", database.ConnectionString, options, _time, ct);
        _running.Add(ingest);
        var generator = new LoadGenerator(ingest.Address, _settings.InFlight);
        _running.Add(new Owned(generator));
        var devices = new PreparedLoad(_settings.Devices, seed);
        var tokens = devices.Devices.ToDictionary(device => device, device => TestTokens.Shared.ForDevice(device));
        _ways.AddRange(ways.Select(way => new Way(way.Name, async ct =>
        {
            await generator.ConnectAsync(ct);
            var load = devices.Encode(
                _settings.Readings / way.Part, way.Size, generator.Senders, _time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000, batch => H2cRequest.Encode(tokens[batch.Device], batch.Header, batch.Body));
            return new Work(load.Sum(batches => (long)batches.Count) * way.Size, () => 0, () => ingest.ProcessorMicroseconds, ct => generator.SendAsync(load, ct));
        })));
    }
}
