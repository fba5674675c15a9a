using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>A fleet in this process.</summary>
internal sealed class Fleet : IFleet
{
    private const int ProducersMax = 4;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ConnectPoll = TimeSpan.FromMilliseconds(20);

    // Of each process; the gateway lets 200 enrol at a time.
    private const int ConnectingMax = 40;

    // Each device makes two handshakes and is given a certificate.
    private static readonly TimeSpan ConnectWithinMin = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan ConnectPerDevice = TimeSpan.FromMilliseconds(50);

    private readonly FleetSettings _settings;
    private readonly TimeProvider _time;
    private readonly DataFolder _folder;
    private readonly DevelopmentPki _pki;
    private readonly Journal _journal;
    private readonly ILoggerFactory _logs;
    private readonly List<VirtualDevice> _devices = [];
    private readonly Lock _adding = new();
    private readonly CancellationTokenSource _halt = new();
    private Task _producing = Task.CompletedTask;
    private Task _flooding = Task.CompletedTask;

    public Fleet(FleetSettings settings, Journal journal, ILoggerFactory logs, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _journal = journal;
        _logs = logs;
        _folder = new DataFolder(settings.Data);
        _pki = DevelopmentPki.OpenOrCreate(_folder.Pki, time);
    }

    public ProcessUsage OtherProcesses => default;

    public FleetStats Stats => Devices().Aggregate(FleetStats.None, (sum, device) => sum + StatsOf(device));

    public async Task ConnectAsync(CancellationToken ct)
    {
        Signal signal = _settings.Replay is { } path ? new RecordedSignal(Recording.Read(path)) : new SyntheticSignal(_settings.Seed);
        var fleet = Identities();
        var connecting = new List<VirtualDevice>();
        var until = _time.GetUtcNow() + ConnectWithinMin + (ConnectPerDevice * fleet.Devices);
        for (var number = _settings.First; number < _settings.First + _settings.Count; number++)
        {
            ct.ThrowIfCancellationRequested();
            var id = fleet.DeviceId(number);
            var device = new VirtualDevice(number, _settings, id, _pki, _journal, signal, _time, _logs);
            lock (_adding)
            {
                _devices.Add(device);
            }

            device.Start();
            connecting.Add(device);
            await WaitAsync(connecting, ConnectingMax - 1, until, ct);
        }

        await WaitAsync(connecting, 0, until, ct);
    }

    // A fleet that is begun comes one after another: refused all at once, they would only come again. How a fleet comes back all at once is what the gateway's lines are for.
    private async Task WaitAsync(List<VirtualDevice> connecting, int most, DateTimeOffset until, CancellationToken ct)
    {
        while (true)
        {
            connecting.RemoveAll(device => device.IsConnected);
            if (connecting.Count <= most)
            {
                return;
            }

            if (_time.GetUtcNow() > until)
            {
                throw new UsageException($"Not all devices could connect to {_settings.ControlPlane} in time: {_devices.Count - connecting.Count} of {_settings.Count} did, and the first of the others says: {connecting[0].Reason}.");
            }

            await Task.Delay(ConnectPoll, _time, ct);
        }
    }

    public Task BeginAsync()
    {
        var fleet = Identities();
        _devices.ForEach(device => device.BeginFaults());
        _flooding = Task.WhenAll(Enumerable.Range(_settings.First, _settings.Count).Where(number => number < _settings.Misbehaving)
            .Select(number => new Flood(fleet.DeviceId(number), _folder.Credentials(number), _settings, _pki, _time).RunAsync(_halt.Token)));
        var producers = Math.Min(ProducersMax, Math.Max(1, _devices.Count / 25));
        _producing = Task.WhenAll(_devices.Chunk((_devices.Count + producers - 1) / producers).Select(part => Task.Run(() => ProduceAsync(part))));
        return Task.CompletedTask;
    }

    public async Task HaltAsync()
    {
        await _halt.CancelAsync();
        await _producing;
        await _flooding;
    }

    public Task HealAsync()
    {
        _devices.ForEach(device => device.Heal());
        return Task.CompletedTask;
    }

    public async Task<bool> DrainAsync(CancellationToken ct) => Array.TrueForAll(await Task.WhenAll(_devices.Select(device => device.DrainAsync(ct))), done => done);

    public Task CopyAsync(int device)
    {
        Device(device).Copy();
        return Task.CompletedTask;
    }

    public Task<bool> RollBackAsync(int device) => Device(device).RollBackAsync();

    public async ValueTask DisposeAsync()
    {
        await HaltAsync();
        await Task.WhenAll(_devices.Select(device => device.DisposeAsync().AsTask()));
        _devices.Clear();
        _pki.Dispose();
        _halt.Dispose();
    }

    private FleetFile Identities() =>
        FleetFile.TryRead(_folder) ?? throw new InvalidOperationException("The fleet's file is written before its devices are opened.");

    // Who shows the fleet does so while it is begun.
    private VirtualDevice[] Devices()
    {
        lock (_adding)
        {
            return [.. _devices];
        }
    }

    private VirtualDevice Device(int number) => _devices[number - _settings.First];

    // Every device at its own phase, one tick for all: ten thousand timers would cost more than the readings.
    private async Task ProduceAsync(VirtualDevice[] devices)
    {
        var phase = new Random(unchecked(_settings.Seed ^ devices.Length));
        var numbers = devices.Select(device => device.Number).ToList();
        var offsets = devices.Select(_ => phase.NextDouble()).ToArray();
        var produced = new long[devices.Length];
        var knobsPerTick = _settings.PanelWritesPerMinute * devices.Length / _devices.Count * Tick.TotalMinutes;
        var start = _time.GetTimestamp();
        using var timer = new PeriodicTimer(Tick, _time);
        while (!_halt.IsCancellationRequested)
        {
            var elapsed = _time.GetElapsedTime(start).TotalSeconds * _settings.Rate;
            for (var i = 0; i < devices.Length && !_halt.IsCancellationRequested; i++)
            {
                var due = (long)(elapsed + offsets[i]) - produced[i];
                if (due > 0)
                {
                    devices[i].Produce((int)Math.Min(due, Limits.BatchReadingsMax));
                    produced[i] += due;
                }
            }

            if (phase.NextDouble() < knobsPerTick)
            {
                var (key, value) = SharedConfig.Draw(phase, _time.GetUtcNow());
                devices[SharedConfig.DrawDevice(phase, numbers)].TurnKnob(key, value);
            }

            try
            {
                await timer.WaitForNextTickAsync(_halt.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static FleetStats StatsOf(VirtualDevice device)
    {
        var (pending, counters) = device.Read();
        return new FleetStats(
            1,
            device.IsConnected ? 1 : 0,
            device.Produced,
            pending,
            counters.Batches,
            counters.ResentBatches,
            counters.CommandsRun,
            counters.Renewals,
            device.Faults,
            counters.Errors.ToDictionary(pair => Words.Of(pair.Key), pair => pair.Value));
    }
}
