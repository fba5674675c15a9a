using System.Globalization;
using System.Net;
using EdgeSync.EdgeSimulator;

namespace EdgeSync.Benchmarks;

/// <summary>How large a run is.</summary>
internal sealed record ConnectSettings
{
    public int Devices { get; init; } = 1_000;

    public int AtOnce { get; init; } = 256;

    public int Repetitions { get; init; } = 3;

    public int IdleSeconds { get; init; } = 30;
}

/// <summary>
/// Enrolled devices connect, first to a server that knows nothing but mutual TLS, then to the control plane, where each gets a token and has a first batch acknowledged; others in each repetition, so that no certificate was seen before.
/// Those of the last one stay, with an event stream each, and cost memory and a little CPU.
/// </summary>
internal sealed class ConnectBenchmark(ConnectSettings settings, BenchmarkDatabase database, FleetPki pki, SecuredPlane plane, ServiceProcess bare, TimeProvider time, TextWriter progress)
{
    private const int WarmUps = 300;
    private const int FirstReadings = 50;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    private readonly Uri _bareAddress = new(string.Create(CultureInfo.InvariantCulture, $"https://{bare.Address}"));

    /// <summary>Runs all of it; progress goes to the writer, the table is the result.</summary>
    public static async Task<string> RunAsync(ConnectSettings settings, TimeProvider time, TextWriter progress, CancellationToken ct)
    {
        await using var database = await BenchmarkDatabase.StartAsync(time, ct);
        using var pki = new FleetPki(time);
        await using var plane = await SecuredPlane.StartAsync(database.ConnectionString, pki, instances: 1, settings.Devices, asItComes: true, time, ct);
        var ports = FreePorts.Take(2);
        await using var bare = await ServiceProcess.StartAsync(
            "EdgeSync.Benchmarks.dll", [BareTlsVerb.Name, .. ports.Select(port => port.ToString(CultureInfo.InvariantCulture)), pki.Folder], [],
            new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[1]}/")), new IPEndPoint(IPAddress.Loopback, ports[0]), time, ct);
        return await new ConnectBenchmark(settings, database, pki, plane, bare, time, progress).MeasureAsync(ct);
    }

    private async Task<string> MeasureAsync(CancellationToken ct)
    {
        var table = new ConnectTable();
        var baseline = Memory();
        for (var repetition = 0; repetition <= settings.Repetitions; repetition++)
        {
            var devices = await PrepareAsync(repetition, repetition == 0 ? Math.Min(WarmUps, settings.Devices) : settings.Devices, ct);
            // Warm, and with nobody there: what comes later grows from this.
            baseline = repetition <= 1 ? Memory() : baseline;
            var greeted = await MeasureAsync(devices, device => device.GreetAsync(_bareAddress, pki, ct), ct);
            var arrived = await MeasureAsync(devices, device => device.ArriveAsync(plane.DeviceAddress, pki, time, ct), ct);
            await progress.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{repetition}/{settings.Repetitions} bare {greeted.OfBare:F2} ms CPU a device in {greeted.Seconds:F1} s, control plane {arrived.OfPlane:F2} ms in {arrived.Seconds:F1} s"));
            if (repetition > 0)
            {
                table.Add(greeted, arrived);
            }

            if (repetition == settings.Repetitions)
            {
                await IdleAsync(devices, baseline, table, ct);
            }

            devices.ForEach(device => device.Dispose());
        }

        return table.ToString();
    }

    // Known to Commands, with a certificate and a batch to send.
    private async Task<List<ArrivingDevice>> PrepareAsync(int repetition, int count, CancellationToken ct)
    {
        var load = new PreparedLoad(count, seed: 100 + repetition);
        await plane.RegisterAsync(pki, load.Devices, ct);
        return [.. load.Encode(count * FirstReadings, FirstReadings, count, time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000, batch => new ArrivingDevice(batch.Device, pki.Issue(batch.Device), batch)).SelectMany(own => own)];
    }

    private async Task<ConnectMeasurement> MeasureAsync(List<ArrivingDevice> devices, Func<ArrivingDevice, Task> connect, CancellationToken ct)
    {
        await Task.Delay(Settle, time, ct);
        GC.Collect();
        var before = Usage();
        var started = time.GetTimestamp();
        await Parallel.ForEachAsync(devices, new ParallelOptions { MaxDegreeOfParallelism = settings.AtOnce, CancellationToken = ct }, async (device, _) => await connect(device));
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        return new ConnectMeasurement(
            devices.Count, seconds, [.. Usage().Zip(before, (now, then) => (now - then) / 1_000 / devices.Count)], devices.Sum(device => device.Refusals), devices.Sum(device => device.Faults));
    }

    private async Task IdleAsync(List<ArrivingDevice> devices, (long Gateway, long Commands) baseline, ConnectTable table, CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.Delay(Settle, time, ct);
        var connected = Memory();
        var listening = new List<Task>(devices.Count);
        foreach (var chunk in devices.Chunk(settings.AtOnce))
        {
            listening.AddRange(await Task.WhenAll(chunk.Select(device => device.ListenAsync(ending.Token))));
        }

        await Task.Delay(Settle, time, ct);
        var before = Usage();
        var idle = TimeSpan.FromSeconds(settings.IdleSeconds);
        await Task.Delay(idle, time, ct);
        var cpu = Usage().Zip(before, (now, then) => (now - then) / idle.TotalMicroseconds * 100).ToArray();
        var streaming = Memory();
        table.AddIdle(
            settings.IdleSeconds,
            (KilobytesEach(connected.Gateway, baseline.Gateway), KilobytesEach(streaming.Gateway, baseline.Gateway), KilobytesEach(streaming.Commands, baseline.Commands)),
            cpu);
        await ending.CancelAsync();
        await Task.WhenAll(listening);

        double KilobytesEach(long now, long then) => (now - then) / 1024.0 / devices.Count;
    }

    private (long Gateway, long Commands) Memory() => (plane.Gateway.ResidentBytes, plane.Commands.ResidentBytes);

    private double[] Usage() =>
    [
        bare.ProcessorMicroseconds, plane.Gateway.ProcessorMicroseconds, plane.Ingest.Sum(ingest => ingest.ProcessorMicroseconds), plane.Commands.ProcessorMicroseconds,
        database.ProcessorMicroseconds, ProcessorTime.Of(Environment.ProcessId),
    ];
}

/// <summary>What connecting once cost.</summary>
/// <param name="Devices">How many connected.</param>
/// <param name="Seconds">Until the last was done.</param>
/// <param name="Each">Milliseconds of CPU a device: bare server, gateway, ingest, Commands, PostgreSQL, client.</param>
/// <param name="Refusals">Answers of 429 and 503, each of which came again.</param>
/// <param name="Faults">Answers of 500 and above.</param>
internal sealed record ConnectMeasurement(int Devices, double Seconds, double[] Each, int Refusals, int Faults)
{
    /// <summary>Of the bare server and the client.</summary>
    public double OfBare => Each[0] + Each[^1];

    /// <summary>Of all but the bare server.</summary>
    public double OfPlane => Each[1..].Sum();
}
