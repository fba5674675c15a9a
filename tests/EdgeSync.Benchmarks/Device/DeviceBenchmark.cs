using System.Diagnostics;
using System.Globalization;
using System.Text;
using EdgeSync.Edge;
using EdgeSync.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using SQLitePCL;

namespace EdgeSync.Benchmarks;

/// <summary>Many devices in one process, each with its own file, and CPU time and memory of the process for each thing that they do.</summary>
internal sealed class DeviceBenchmark(int devices)
{
    private const int Repetitions = 5;
    private const int WarmUps = 2_000;
    private const int AppendsEach = 20;
    private static readonly TimeSpan IdleInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(10);

    private readonly AnsweringControlPlane _controlPlane = new();
    private readonly List<(string What, string Unit, double Value)> _rows = [];
    private long _recordedAt = 1_700_000_000_000_000;

    public async Task<string> RunAsync(CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("edgesync-device-").FullName;
        try
        {
            using var http = new HttpClient(_controlPlane, disposeHandler: false);
            await WarmUpAsync(Open(folder, "warm", http), ct);
            await MeasureDayAsync(folder, http, ct);
            await MeasureStoringAsync(folder, http, ct);
            return Markdown();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task WarmUpAsync(EdgeDevice device, CancellationToken ct)
    {
        using var stop = new CancellationTokenSource();
        var running = device.RunAsync(stop.Token);
        for (var i = 0; i < WarmUps; i++)
        {
            device.Append(Readings(5));
            await device.DrainAsync(ct);
            _ = device.Status;
        }

        await StopAsync([device], [running], stop);
    }

    // What a device does all day: a few readings, an upload, and mostly nothing.
    private async Task MeasureDayAsync(string folder, HttpClient http, CancellationToken ct)
    {
        var memory = Memory();
        var fleet = new List<EdgeDevice>();
        Measure("open a new file", "µs", devices, () => fleet.AddRange(Names("day").Select(name => Open(folder, name, http))));
        NoteMemory("an open device", memory);
        using var stop = new CancellationTokenSource();
        var running = fleet.ConvertAll(device => device.RunAsync(stop.Token));
        await Task.WhenAll(fleet.Select(device => device.DrainAsync(ct)));
        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            fleet.ForEach(device => device.Append(Readings(5)));
            await MeasureAsync("an upload of 5 readings, and asking for commands and configuration", devices, () => Task.WhenAll(fleet.Select(device => device.DrainAsync(ct))));
            Measure("read the status", "µs", devices, () => fleet.ForEach(device => _ = device.Status));
        }

        NoteMemory("a device that syncs", memory);
        await MeasureAsync("an idle pass", (long)(IdleFor / IdleInterval) * devices, () => Task.Delay(IdleFor, ct));
        await StopAsync(fleet, running, stop);
    }

    private async Task MeasureStoringAsync(string folder, HttpClient http, CancellationToken ct)
    {
        var fleet = Names("storing").ConvertAll(name => Open(folder, name, http));
        var plain = Names("plain").ConvertAll(name => new PlainStore(Path.Combine(folder, name + ".db")));
        foreach (var size in (int[])[1, 50])
        {
            for (var repetition = 0; repetition < Repetitions; repetition++)
            {
                Measure($"store {size} by a prepared INSERT", "µs a reading", devices * AppendsEach * size, () => plain.ForEach(store => Repeat(size, readings => store.Append(readings))));
                Measure($"store {size} through EdgeSync.Edge", "µs a reading", devices * AppendsEach * size, () => fleet.ForEach(device => Repeat(size, readings => device.Append(readings))));
            }
        }

        plain.ForEach(store => store.Dispose());
        using var stop = new CancellationTokenSource();
        var (readings, cpu) = (_controlPlane.Readings, Cpu());
        var running = fleet.ConvertAll(device => device.RunAsync(stop.Token));
        await Task.WhenAll(fleet.Select(device => device.DrainAsync(ct)));
        _rows.Add(("upload a backlog in batches of 200", "µs a reading", (Cpu() - cpu) / (_controlPlane.Readings - readings)));
        await StopAsync(fleet, running, stop);
    }

    private static async Task StopAsync(List<EdgeDevice> fleet, List<Task> running, CancellationTokenSource stop)
    {
        await stop.CancelAsync();
        await Task.WhenAll(running);
        foreach (var device in fleet)
        {
            await device.DisposeAsync();
        }
    }

    private List<string> Names(string of) => [.. Enumerable.Range(0, devices).Select(number => string.Create(CultureInfo.InvariantCulture, $"{of}-{number}"))];

    private static EdgeDevice Open(string folder, string name, HttpClient http) => EdgeDevice.Open(
        new EdgeDeviceOptions
        {
            Device = new DeviceId(Guid.NewGuid()),
            DatabasePath = Path.Combine(folder, name + ".db"),
            ControlPlane = new Uri("https://gateway.invalid"),
            SyncInterval = IdleInterval,
            Durability = Durability.Normal,
            EventStream = false,
            EmergencyReserveBytes = 0,
            HeartbeatInterval = TimeSpan.FromHours(1),
        },
        http,
        [],
        TimeProvider.System,
        NullLoggerFactory.Instance,
        new CryptographicRandom());

    private List<Reading> Readings(int count) => [.. Enumerable.Range(0, count).Select(i => new Reading("temperature", ++_recordedAt, i + 0.5))];

    private void Repeat(int size, Action<List<Reading>> append)
    {
        for (var i = 0; i < AppendsEach; i++)
        {
            append(Readings(size));
        }
    }

    private void Measure(string what, string unit, long units, Action work)
    {
        var before = Cpu();
        work();
        _rows.Add((what, unit, (Cpu() - before) / units));
    }

    private async Task MeasureAsync(string what, long units, Func<Task> work)
    {
        var before = Cpu();
        await work();
        _rows.Add((what, "µs", (Cpu() - before) / units));
    }

    private static double Cpu() => Process.GetCurrentProcess().TotalProcessorTime.TotalMicroseconds;

    private static long Memory()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Process.GetCurrentProcess().WorkingSet64;
    }

    private void NoteMemory(string of, long before)
    {
        _rows.Add(($"memory of {of}", "KB", (Memory() - before) / devices / 1024.0));
        _rows.Add(($"memory of {of}: SQLite's", "KB", raw.sqlite3_memory_used() / devices / 1024.0));
        _rows.Add(($"memory of {of}: managed", "KB", GC.GetTotalMemory(forceFullCollection: false) / devices / 1024.0));
    }

    private string Markdown()
    {
        var text = new StringBuilder().AppendLine("| what | unit | median | each |").AppendLine("|---|---|---|---|");
        foreach (var group in _rows.GroupBy(row => (row.What, row.Unit)))
        {
            var sorted = group.Select(row => row.Value).Order().ToList();
            text.AppendLine(CultureInfo.InvariantCulture, $"| {group.Key.What} | {group.Key.Unit} | {sorted[sorted.Count / 2]:F1} | {string.Join(", ", group.Select(row => row.Value.ToString("F1", CultureInfo.InvariantCulture)))} |");
        }

        return text.ToString();
    }
}
