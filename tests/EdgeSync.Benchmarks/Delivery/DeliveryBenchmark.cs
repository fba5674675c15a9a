using System.Collections.Concurrent;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>
/// One run: devices wait on event streams of one instance, otherwise idle; then commands are created through it and through the other one, for one device, for all of them, and many for one.
/// Devices, both instances and PostgreSQL share the machine.
/// </summary>
internal sealed class DeliveryBenchmark(DeliverySettings settings, BenchmarkDatabase database, CommandsPair pair, TimeProvider time, DeliveryTable table)
{
    private const int ConnectsAtOnce = 200;
    private const int CreatesAtOnce = 32;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(37);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromMinutes(4);
    private static readonly CreateCommand Ping = new("ping", new JsonValue("{}"), ExpiresInSeconds: 3_600);

    private readonly List<WaitingDevice> _devices = [];

    /// <summary>Runs all of it; progress goes to the writer, the table is the result.</summary>
    public static async Task<string> RunAsync(DeliverySettings settings, TimeProvider time, TextWriter progress, CancellationToken ct)
    {
        await using var database = await BenchmarkDatabase.StartAsync(time, ct);
        await using var pair = await CommandsPair.StartAsync(database.ConnectionString, time, ct);
        using var streams = CommandsPair.Client(pair.One);
        using var calls = CommandsPair.Client(pair.One);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var table = new DeliveryTable(progress);
        var benchmark = new DeliveryBenchmark(settings, database, pair, time, table);
        await benchmark.RegisterAsync(streams, calls, ct);
        var running = await benchmark.ConnectAsync(ending.Token);
        await benchmark.IdleAsync(ct);
        await benchmark.SampleAsync("through the same instance", pair.ToOne, "p50 10 ms, p99 50 ms", ct);
        await benchmark.SampleAsync("through the other instance", pair.ToOther, "p99 250 ms", ct);
        await benchmark.BroadcastAsync(Reaction.None, "has the event", ct);
        await benchmark.BroadcastAsync(Reaction.Pull, "has pulled its command", ct);
        await benchmark.DrainAsync(ct);
        await benchmark.RateAsync(ct);
        await ending.CancelAsync();
        await Task.WhenAll(running);
        return table.ToString();
    }

    private async Task RegisterAsync(HttpClient streams, HttpClient calls, CancellationToken ct)
    {
        _devices.AddRange(Enumerable.Range(1, settings.Devices).Select(i => new WaitingDevice(new DeviceId(new Guid(i, 0, 0, new byte[8])), streams, calls, time)));
        foreach (var chunk in _devices.Chunk(1_000))
        {
            await OperateAsync<object>(pair.ToOne, Routes.Devices, new DeviceRegistrations([.. chunk.Select(device => new DeviceRegistration(device.Id, "pump"))]), ct);
        }
    }

    /// <summary>Every device pulls once, so that connections are open and code is compiled; then each opens its stream.</summary>
    private async Task<List<Task>> ConnectAsync(CancellationToken ct)
    {
        await Parallel.ForEachAsync(_devices, Options(ConnectsAtOnce, ct), async (device, ct) => await device.PullAsync(ct));
        await Task.Delay(Settle, time, ct);
        var before = pair.One.ResidentBytes;
        var begunAt = time.GetTimestamp();
        var running = new List<Task>(_devices.Count);
        foreach (var chunk in _devices.Chunk(ConnectsAtOnce))
        {
            running.AddRange(chunk.Select(device => device.RunAsync(ct)));
            await Task.WhenAll(chunk.Select(device => device.Connected));
        }

        var seconds = time.GetElapsedTime(begunAt).TotalSeconds;
        await Task.Delay(Settle, time, ct);
        await table.AddAsync("streams opened", $"{_devices.Count:N0} in {seconds:F1} s", "");
        await table.AddAsync("memory of a waiting device", $"{(pair.One.ResidentBytes - before) / 1024.0 / _devices.Count:F1} KB resident", "20 KB");
        return running;
    }

    private async Task IdleAsync(CancellationToken ct)
    {
        var (one, other) = (pair.One.ProcessorMicroseconds, pair.Other.ProcessorMicroseconds);
        var begunAt = time.GetTimestamp();
        await Task.Delay(IdleFor, time, ct);
        var microseconds = time.GetElapsedTime(begunAt).TotalMicroseconds;
        await table.AddAsync(
            "idle CPU of an instance: with all waiting, with none",
            $"{(pair.One.ProcessorMicroseconds - one) / microseconds:P1}, {(pair.Other.ProcessorMicroseconds - other) / microseconds:P1} of a core",
            "10 %");
    }

    /// <summary>One command after the other, each for another device; from before the request that creates it.</summary>
    private async Task SampleAsync(string way, HttpClient through, string heldTo, CancellationToken ct)
    {
        const int WarmUp = 20;
        var random = new Random(1);
        var (events, pulls) = (new List<double>(), new List<double>());
        for (var i = 0; i < settings.Samples + WarmUp; i++)
        {
            var device = _devices[random.Next(_devices.Count)];
            var next = device.NextAsync();
            var begunAt = time.GetTimestamp();
            await OperateAsync<CommandView>(through, PathOf(device), Ping, ct);
            var heard = await next.WaitAsync(DrainPatience, time, ct);
            if (i >= WarmUp)
            {
                events.Add(time.GetElapsedTime(begunAt, heard.EventAt).TotalMilliseconds);
                pulls.Add(time.GetElapsedTime(begunAt, heard.PulledAt).TotalMilliseconds);
            }

            await Task.Delay(SampleEvery, time, ct);
        }

        await table.AddAsync($"created to event, {way}", $"p50 {Of(events, 0.5):F1} ms, p99 {Of(events, 0.99):F1} ms", "");
        await table.AddAsync($"created to pulled, {way}", $"p50 {Of(pulls, 0.5):F1} ms, p99 {Of(pulls, 0.99):F1} ms", heldTo);
    }

    /// <summary>A batch for all; what is left open is cancelled, so that its leases wake nobody afterwards.</summary>
    private async Task BroadcastAsync(Reaction reaction, string until, CancellationToken ct)
    {
        var refusals = _devices.Sum(device => device.Refusals);
        _devices.ForEach(device => device.Reaction = reaction);
        var next = _devices.ConvertAll(device => device.NextAsync());
        var begunAt = time.GetTimestamp();
        var batch = await OperateAsync<CommandBatchView>(pair.ToOne, Routes.CommandBatches, new CreateCommandBatch("*", Ping), ct);
        var heard = await Task.WhenAll(next).WaitAsync(DrainPatience, time, ct);
        var seconds = heard.Select(heard => time.GetElapsedTime(begunAt, reaction == Reaction.None ? heard.EventAt : heard.PulledAt).TotalSeconds).ToList();
        await table.AddAsync(
            $"broadcast until the last {until}",
            $"{seconds.Max():F2} s (p50 {Of(seconds, 0.5):F2} s), {_devices.Sum(device => device.Refusals) - refusals:N0} answers of 503",
            reaction == Reaction.None ? "2 s" : "");
        var path = $"{Routes.CommandBatches}/{batch.Id}";
        await OperateAsync<CommandBatchView>(pair.ToOne, $"{path}/cancel", new CancelCommand("measured"), ct);
        while ((await CommandsPair.SendAsync<CommandBatchView>(pair.ToOne, HttpMethod.Get, path, null, null, ct)).Commands.Cancelled < _devices.Count)
        {
            await Task.Delay(Poll, time, ct);
        }

        _devices.ForEach(device => device.Reaction = Reaction.Complete);
        await Task.Delay(Settle, time, ct);
    }

    private async Task DrainAsync(CancellationToken ct)
    {
        var device = _devices[0];
        device.Reaction = Reaction.None;
        var begunAt = time.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, settings.Queued), Options(CreatesAtOnce, ct), async (_, ct) => await OperateAsync<CommandView>(pair.ToOne, PathOf(device), Ping, ct));
        var created = time.GetElapsedTime(begunAt).TotalSeconds;
        var done = 0;
        begunAt = time.GetTimestamp();
        while (await device.PullAsync(ct) is { Commands: { Count: > 0 } commands } delivery)
        {
            await device.CompleteAsync(delivery, ct);
            done += commands.Count;
        }

        var drained = time.GetElapsedTime(begunAt).TotalSeconds;
        device.Reaction = Reaction.Complete;
        await table.AddAsync(
            "commands queued for one device: created, then pulled, received and done",
            $"{done:N0} in {created:F1} s ({settings.Queued / created:N0}/s), then {drained:F1} s ({done / drained:N0}/s)",
            settings.Queued.ToString("N0", System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Commands at a rate, each for the next device, through both instances in turn; until each result is confirmed.</summary>
    private async Task RateAsync(CancellationToken ct)
    {
        var refusals = _devices.Sum(device => device.Refusals);
        var begun = new ConcurrentDictionary<CommandId, long>();
        var ended = new ConcurrentDictionary<CommandId, long>();
        _devices.ForEach(device => device.Completed = command => ended.TryAdd(command, time.GetTimestamp()));
        var count = (int)(settings.Rate * settings.RateFor.TotalSeconds);
        var before = await CostAsync(ct);
        var begunAt = time.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), Options(CreatesAtOnce, ct), async (i, ct) =>
        {
            var due = TimeSpan.FromSeconds((double)i / settings.Rate) - time.GetElapsedTime(begunAt);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, time, ct);
            }

            var at = time.GetTimestamp();
            var command = await OperateAsync<CommandView>(i % 2 == 0 ? pair.ToOne : pair.ToOther, PathOf(_devices[i % _devices.Count]), Ping, ct);
            begun[command.Id] = at;
        });
        var created = time.GetElapsedTime(begunAt).TotalSeconds;
        for (var waitedAt = time.GetTimestamp(); ended.Count < count && time.GetElapsedTime(waitedAt) < DrainPatience;)
        {
            await Task.Delay(Poll, time, ct);
        }

        if (ended.Count < count)
        {
            throw new InvalidOperationException($"{count} commands were created, {ended.Count} are done.");
        }

        var last = time.GetElapsedTime(begunAt, ended.Values.Max()).TotalSeconds;
        var milliseconds = begun.Select(pair => time.GetElapsedTime(pair.Value, ended[pair.Key]).TotalMilliseconds).ToList();
        await table.AddAsync(
            $"{settings.Rate:N0} commands/s asked for over {settings.RateFor.TotalSeconds:N0} s: created, acknowledged",
            $"{count / created:N0}/s, {count / last:N0}/s; issue to result p50 {Of(milliseconds, 0.5):N0} ms, p99 {Of(milliseconds, 0.99):N0} ms; {_devices.Sum(device => device.Refusals) - refusals:N0} answers of 503",
            "1,000/s");
        var cost = (await CostAsync(ct)).Zip(before, (after, before) => (after - before) / count).ToList();
        await table.AddAsync(
            "CPU of such a command: the instance where devices wait, the other, PostgreSQL, devices and operators; writing transactions of it",
            $"{cost[0] / 1_000:F2}, {cost[1] / 1_000:F2}, {cost[2] / 1_000:F2}, {cost[3] / 1_000:F2} ms; {cost[4]:F2}",
            "");
    }

    // CPU of each process so far, microseconds, and transactions that have written.
    private async Task<double[]> CostAsync(CancellationToken ct) =>
    [
        pair.One.ProcessorMicroseconds, pair.Other.ProcessorMicroseconds, database.ProcessorMicroseconds, ProcessorTime.Of(Environment.ProcessId),
        await database.WritingTransactionsAsync(ct),
    ];

    private static double Of(List<double> values, double share) => DeliveryTable.Percentile(values, share);

    private static string PathOf(WaitingDevice device) => $"{Routes.Devices}/{device.Id}/commands";

    private static ParallelOptions Options(int atOnce, CancellationToken ct) => new() { MaxDegreeOfParallelism = atOnce, CancellationToken = ct };

    private static Task<T> OperateAsync<T>(HttpClient through, string path, object message, CancellationToken ct) =>
        CommandsPair.SendAsync<T>(through, HttpMethod.Post, path, message, null, ct);
}
