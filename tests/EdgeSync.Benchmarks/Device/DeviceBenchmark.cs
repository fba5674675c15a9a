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
    private const int Repetitions = 3;
    private const int UploadRepetitions = 5;
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
            await using (var warm = Open(folder, "warm", http))
            {
                for (var i = 0; i < 2_000; i++)
                {
                    warm.Append(Readings(1));
                }
            }

            var memory = Memory();
            var fleet = new List<EdgeDevice>();
            Measure("open a new file", "µs", devices, () => fleet.AddRange(Enumerable.Range(0, devices).Select(number => Open(folder, number.ToString(CultureInfo.InvariantCulture), http))));
            NoteMemory("an open device", memory);
            var plain = Enumerable.Range(0, devices).Select(number => new PlainStore(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"plain-{number}.db")))).ToList();
            foreach (var size in (int[])[1, 50])
            {
                for (var repetition = 0; repetition < Repetitions; repetition++)
                {
                    Measure($"store {size} by a prepared INSERT", "µs a reading", devices * AppendsEach * size, () => plain.ForEach(store => Repeat(size, readings => store.Append(readings))));
                    Measure($"store {size} through EdgeSync.Edge", "µs a reading", devices * AppendsEach * size, () => fleet.ForEach(device => Repeat(size, readings => device.Append(readings))));
                }
            }

            plain.ForEach(store => store.Dispose());
            Measure("read the status", "µs", devices, () => fleet.ForEach(device => _ = device.Status));
            NoteMemory("a device that has stored", memory);
            using var stop = new CancellationTokenSource();
            var (readings, cpu) = (_controlPlane.Readings, Cpu());
            var running = fleet.Select(device => device.RunAsync(stop.Token)).ToList();
            await Task.WhenAll(fleet.Select(device => device.DrainAsync(ct)));
            _rows.Add(("upload what waits, in batches of 200", "µs a reading", (Cpu() - cpu) / (_controlPlane.Readings - readings)));
            for (var repetition = 0; repetition < UploadRepetitions; repetition++)
            {
                fleet.ForEach(device => device.Append(Readings(5)));
                await MeasureAsync("an upload of 5 readings", "µs", () => devices, () => Task.WhenAll(fleet.Select(device => device.DrainAsync(ct))));
            }

            NoteMemory("a device that has synced", memory);
            var passes = (long)(IdleFor / IdleInterval) * devices;
            await MeasureAsync("an idle pass", "µs", () => passes, () => Task.Delay(IdleFor, ct));
            await stop.CancelAsync();
            await Task.WhenAll(running);
            foreach (var device in fleet)
            {
                await device.DisposeAsync();
            }

            return Markdown();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

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

    private async Task MeasureAsync(string what, string unit, Func<long> units, Func<Task> work)
    {
        var before = Cpu();
        await work();
        _rows.Add((what, unit, (Cpu() - before) / units()));
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
