using System.Globalization;

namespace EdgeSync.Benchmarks;

/// <summary>
/// One run: every way of writing readings in turn, as often as there are repetitions, each from the same state of the database. What is stored is counted after each.
/// </summary>
internal sealed class SystemBenchmark(SystemSettings settings, BenchmarkDatabase database, TimeProvider time)
{
    /// <summary>Runs all of it; progress goes to the writer.</summary>
    public static async Task<(IReadOnlyList<Measurement> Results, IReadOnlyList<PeerLoss> Losses)> RunAsync(SystemSettings settings, TimeProvider time, TextWriter progress, CancellationToken ct)
    {
        await using var database = await BenchmarkDatabase.StartAsync(time, ct);
        var stages = new List<IStage>();
        try
        {
            // The first makes the schema, whatever is measured.
            stages.Add(await IngestStage.StartAsync(settings, database, time, ct));
            stages.Insert(0, new DirectStage(settings, database));
            if (WayNames.OfSecured(settings).Any(settings.Wants))
            {
                stages.Add(await SecuredStage.StartAsync(settings, database, time, ct));
            }

            var peer = settings.Peer ? await PeerStage.StartAsync(settings, database, time, ct) : null;
            if (peer is not null)
            {
                stages.Add(peer);
            }

            var ways = stages.SelectMany(stage => stage.Ways).Where(way => WayNames.IsUnnest(way.Name) || settings.Wants(way.Name)).ToList();
            var results = await new SystemBenchmark(settings, database, time).MeasureAsync(ways, progress, ct);
            return (results, peer is not null && settings.PeerKill ? await peer.KillAsync(database, time, ct) : []);
        }
        finally
        {
            foreach (var stage in stages)
            {
                await stage.DisposeAsync();
            }
        }
    }

    private async Task<IReadOnlyList<Measurement>> MeasureAsync(List<Way> ways, TextWriter progress, CancellationToken ct)
    {
        var results = new List<Measurement>();
        // The first repetition warms everything up.
        for (var repetition = 0; repetition <= settings.Repetitions; repetition++)
        {
            foreach (var way in ways)
            {
                var measured = await MeasureAsync(way.Name, repetition, await way.PrepareAsync(ct), ct);
                await progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{repetition}/{settings.Repetitions} {way.Name}: {measured.ReadingsPerSecond:N0} readings/s, {measured.MicrosecondsPerReading:F1} us CPU a reading"));
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
        await database.ResetAsync(ct);
        GC.Collect();
        var transactions = await database.WritingTransactionsAsync(ct);
        var before = Usage();
        var started = time.GetTimestamp();
        await work.RunAsync(ct);
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        var after = Usage();
        transactions = await database.WritingTransactionsAsync(ct) - transactions;
        var stored = await database.CountReadingsAsync(ct);
        return stored == work.Readings
            ? new Measurement(
                way, repetition, stored, seconds, transactions, after.Database - before.Database, after.Gateway - before.Gateway, after.Ingest - before.Ingest, after.Client - before.Client)
            : throw new InvalidOperationException($"{way}: {work.Readings} readings were acknowledged, {stored} are stored.");

        (double Database, double Gateway, double Ingest, double Client) Usage() =>
            (database.ProcessorMicroseconds, work.Gateway(), work.Ingest(), ProcessorTime.Of(Environment.ProcessId));
    }
}
