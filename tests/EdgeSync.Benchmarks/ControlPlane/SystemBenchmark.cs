using System.Globalization;

namespace EdgeSync.Benchmarks;

/// <summary>
/// One run: every way of writing readings in turn, as often as there are repetitions, each from the same state of the database. What is stored is counted after each.
/// </summary>
internal sealed class SystemBenchmark
{
    private const int UngroupedPart = 10;
    private const int SmallBatchPart = 2;
    private const int WritersMax = 16;

    private readonly SystemSettings _settings;
    private readonly BenchmarkDatabase _database;
    private readonly TimeProvider _time;
    private readonly List<(string Way, Func<CancellationToken, Task<Work>> Prepare)> _ways = [];

    private SystemBenchmark(SystemSettings settings, BenchmarkDatabase database, TimeProvider time)
    {
        _settings = settings;
        _database = database;
        _time = time;
    }

    /// <summary>Runs all of it; progress goes to the writer.</summary>
    public static async Task<IReadOnlyList<Measurement>> RunAsync(SystemSettings settings, TimeProvider time, TextWriter progress, CancellationToken ct)
    {
        await using var database = await BenchmarkDatabase.StartAsync(time, ct);
        // A queue that holds every request, should one writer get them all; and without groups as many transactions at once as ingest can be told to have.
        var queue = ("Ingest__QueueWritesMax", Text(settings.InFlight * WritersMax));
        await using var grouped = await ServiceProcess.StartAsync("EdgeSync.Ingest.dll", database.ConnectionString, [queue], time, ct);
        await using var ungrouped = await ServiceProcess.StartAsync("EdgeSync.Ingest.dll", database.ConnectionString, [queue, ("Ingest__CommitRowsMax", "1"), ("Ingest__Writers", Text(WritersMax))], time, ct);
        using var toGrouped = await LoadGenerator.ConnectAsync(grouped.Address, settings.InFlight, ct);
        using var toUngrouped = await LoadGenerator.ConnectAsync(ungrouped.Address, settings.InFlight, ct);

        var benchmark = new SystemBenchmark(settings, database, time);
        benchmark.AddDirect();
        benchmark.AddIngest(grouped, toGrouped);
        benchmark.AddUngrouped(ungrouped, toUngrouped);
        return await benchmark.MeasureAsync(progress, ct);

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private void AddDirect()
    {
        var streams = SampleStream.Many(_settings.Devices, seed: 1);
        foreach (var writers in new[] { 1, 2 })
        {
            Add(Ways.Copy(writers), (groups, ct) => DirectWriter.CopyAsync(_database.Source, groups, writers, ct));
        }

        foreach (var writers in new[] { 1, 2, 4 })
        {
            Add(Ways.Unnest(writers), (groups, ct) => DirectWriter.InsertAsync(_database.Source, groups, writers, ct));
        }

        void Add(string way, Func<IReadOnlyList<DirectGroup>, CancellationToken, Task> write) => _ways.Add((way, _ =>
        {
            var groups = DirectGroup.Many(streams, Math.Max(1, _settings.Readings / DirectGroup.Rows));
            return Task.FromResult(new Work((long)groups.Count * DirectGroup.Rows, null, ct => write(groups, ct)));
        }
        ));
    }

    private void AddIngest(ServiceProcess ingest, LoadGenerator generator)
    {
        var devices = new PreparedLoad(_settings.Devices, seed: 2);
        foreach (var size in new[] { 10, 50, 500 })
        {
            Add(Ways.Ingest(size), ingest, generator, devices, size == 10 ? _settings.Readings / SmallBatchPart : _settings.Readings, size);
        }
    }

    private void AddUngrouped(ServiceProcess ingest, LoadGenerator generator) =>
        Add(Ways.Ungrouped, ingest, generator, new PreparedLoad(_settings.Devices, seed: 3), _settings.Readings / UngroupedPart, size: 10);

    private void Add(string way, ServiceProcess ingest, LoadGenerator generator, PreparedLoad devices, int readings, int size) => _ways.Add((way, _ =>
    {
        var load = devices.Encode(readings, size, generator.Senders, _time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000);
        return Task.FromResult(new Work(load.Sum(batches => (long)batches.Count) * size, ingest, ct => generator.SendAsync(load, ct)));
    }
    ));

    private async Task<IReadOnlyList<Measurement>> MeasureAsync(TextWriter progress, CancellationToken ct)
    {
        var results = new List<Measurement>();
        // The first repetition warms everything up.
        for (var repetition = 0; repetition <= _settings.Repetitions; repetition++)
        {
            foreach (var (way, prepare) in _ways)
            {
                var measured = await MeasureAsync(way, repetition, await prepare(ct), ct);
                await progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{repetition}/{_settings.Repetitions} {way}: {measured.ReadingsPerSecond:N0} readings/s, {measured.MicrosecondsPerReading:F1} us CPU a reading"));
                if (repetition > 0)
                {
                    results.Add(measured);
                }
            }
        }

        return results;
    }

    private async Task<Measurement> MeasureAsync(string way, int repetition, Work work, CancellationToken ct)
    {
        await _database.ResetAsync(ct);
        GC.Collect();
        var transactions = await _database.WritingTransactionsAsync(ct);
        var (database, ingest, client) = Usage();
        var started = _time.GetTimestamp();
        await work.RunAsync(ct);
        var seconds = _time.GetElapsedTime(started).TotalSeconds;
        var after = Usage();
        transactions = await _database.WritingTransactionsAsync(ct) - transactions;
        var stored = await _database.CountReadingsAsync(ct);
        return stored == work.Readings
            ? new Measurement(way, repetition, stored, seconds, transactions, after.Database - database, after.Ingest - ingest, after.Client - client)
            : throw new InvalidOperationException($"{way}: {work.Readings} readings were acknowledged, {stored} are stored.");

        (double Database, double Ingest, double Client) Usage() =>
            (_database.ProcessorMicroseconds, work.Ingest?.ProcessorMicroseconds ?? 0, ProcessorTime.Of(Environment.ProcessId));
    }

    private sealed record Work(long Readings, ServiceProcess? Ingest, Func<CancellationToken, Task> RunAsync);
}
