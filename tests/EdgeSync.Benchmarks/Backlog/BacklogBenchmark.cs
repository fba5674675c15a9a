using System.Globalization;
using System.Text;
using EdgeSync.Edge;
using EdgeSync.EdgeSimulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeSync.Benchmarks;

/// <summary>
/// One run: a device with the real agent and a file on the disk fills it while it is offline, then drains it. One before it warms everything up: the services are compiled anew as they work. The device is this process.
/// </summary>
internal sealed class BacklogBenchmark(BacklogSettings settings, BenchmarkDatabase database, FleetPki pki, SecuredPlane plane, TimeProvider time, TextWriter progress)
{
    private const int StoredAtOnce = 500;
    private const int WarmUpReadings = 200_000;

    /// <summary>Runs all of it; progress goes to the writer, the table is the result.</summary>
    public static async Task<string> RunAsync(BacklogSettings settings, TimeProvider time, TextWriter progress, CancellationToken ct)
    {
        await using var database = await BenchmarkDatabase.StartAsync(time, ct);
        using var pki = new FleetPki(time);
        await using var plane = await SecuredPlane.StartAsync(database.ConnectionString, pki, instances: 1, devices: 1, settings.AsItComes, time, ct);
        var folder = Directory.CreateTempSubdirectory("edgesync-benchmark-device-").FullName;
        try
        {
            var benchmark = new BacklogBenchmark(settings, database, pki, plane, time, progress);
            await benchmark.MeasureAsync(Path.Combine(folder, "warm.db"), seed: 1, Math.Min(WarmUpReadings, settings.Readings), ct);
            return await benchmark.MeasureAsync(Path.Combine(folder, "device.db"), seed: 2, settings.Readings, ct);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<string> MeasureAsync(string path, int seed, int readings, CancellationToken ct)
    {
        var stream = SampleStream.Many(1, seed)[0];
        await plane.RegisterAsync(pki, [stream.Device], ct);
        using var certificate = pki.Issue(stream.Device);
        using var http = DeviceHttp.Client(DeviceHttp.Handler(pki.Tls(certificate)), plane.DeviceAddress);
        await using var device = EdgeDevice.Open(
            new EdgeDeviceOptions
            {
                Device = stream.Device,
                DatabasePath = path,
                ControlPlane = plane.DeviceAddress,
                BatchReadingsMax = settings.BatchReadings,
                HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            },
            http, [], time, NullLoggerFactory.Instance, new CryptographicRandom());
        for (var stored = 0; stored < readings; stored += StoredAtOnce)
        {
            device.Append([.. Enumerable.Range(0, Math.Min(StoredAtOnce, readings - stored)).Select(_ => stream.Next())]);
        }

        await database.CheckpointAsync(ct);
        var there = await database.CountReadingsAsync(ct);
        var before = Usage();
        var started = time.GetTimestamp();
        using var stop = new CancellationTokenSource();
        var running = device.RunAsync(stop.Token);
        await device.DrainAsync(ct);
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        var each = Usage().Zip(before, (now, then) => (now - then) / readings).ToArray();
        var status = device.Status;
        await stop.CancelAsync();
        await running;
        var inTable = await database.CountReadingsAsync(ct) - there;
        if (inTable != readings)
        {
            throw new InvalidOperationException($"{readings} readings were drained, {inTable} are stored: {status.Reason}.");
        }

        await progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{readings:N0} readings in {seconds:F1} s: {readings / seconds:N0}/s, {each.Sum():F1} us CPU a reading; {status.LastError}"));
        return new StringBuilder()
            .AppendLine("| one device drains | readings a batch | limits | s | readings/s | µs CPU a reading: all | device | gateway | ingest | PostgreSQL |")
            .AppendLine("|---|---|---|---|---|---|---|---|---|---|")
            .AppendLine(CultureInfo.InvariantCulture, $"| {readings:N0} | {settings.BatchReadings} | {(settings.AsItComes ? "the gateway's own" : "none met")} | {seconds:F1} | {readings / seconds:N0} | {each.Sum():F1} | {each[3]:F1} | {each[0]:F1} | {each[1]:F1} | {each[2]:F1} |")
            .ToString();
    }

    private double[] Usage() =>
    [
        plane.Gateway.ProcessorMicroseconds, plane.Ingest.Sum(ingest => ingest.ProcessorMicroseconds), database.ProcessorMicroseconds, ProcessorTime.Of(Environment.ProcessId),
    ];
}
