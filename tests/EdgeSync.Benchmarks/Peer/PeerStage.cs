namespace EdgeSync.Benchmarks;

/// <summary>What people build without EdgeSync: devices publish to a broker from their SQLite files, and a subscriber writes to the same table. No TLS, no identity, no digest.</summary>
internal sealed class PeerStage : IStage
{
    public const string Mosquitto = "mosquitto";

    private const int SingleReadingPart = 10;
    private const int ReadingsPerMessage = 50;
    private const int SettledLooks = 30;
    private const int FirstSeed = 40;

    private static readonly TimeSpan HalfwayPoll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan SettlePoll = TimeSpan.FromMilliseconds(100);

    private readonly string _folder = Directory.CreateTempSubdirectory("edgesync-benchmark-peer-").FullName;
    private readonly List<PeerDevice> _devices = [];
    private readonly Mosquitto _broker;
    private readonly SystemSettings _settings;
    private PeerSubscriber? _subscriber;

    private PeerStage(Mosquitto broker, SystemSettings settings) => (_broker, _settings) = (broker, settings);

    public IEnumerable<Way> Ways => [Way(1, SingleReadingPart), Way(ReadingsPerMessage, 1)];

    public static async Task<PeerStage> StartAsync(SystemSettings settings, BenchmarkDatabase database, TimeProvider time, CancellationToken ct)
    {
        var stage = new PeerStage(await Benchmarks.Mosquitto.StartAsync(time, ct), settings);
        try
        {
            stage._subscriber = await PeerSubscriber.StartAsync(stage._broker, database.ConnectionString, ct);
            foreach (var stream in SampleStream.Many(settings.Connections, FirstSeed))
            {
                stage._devices.Add(await PeerDevice.ConnectAsync(stream, Path.Combine(stage._folder, $"{stream.Device}.db"), stage._broker, ct));
            }

            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the broker in the middle of publishing, starts it again, and counts what it had confirmed and nobody ever got; then once more, the subscriber with it, as a power cut would.</summary>
    public async Task<IReadOnlyList<PeerLoss>> KillAsync(BenchmarkDatabase database, TimeProvider time, CancellationToken ct) =>
        [await KillAsync(database, subscriberToo: false, time, ct), await KillAsync(database, subscriberToo: true, time, ct)];

    private async Task<PeerLoss> KillAsync(BenchmarkDatabase database, bool subscriberToo, TimeProvider time, CancellationToken ct)
    {
        await database.ResetAsync(ct);
        foreach (var device in _devices)
        {
            await device.ConnectAsync(_broker, ct);
            device.ForgetUnderWay();
        }

        var each = Math.Max(1, _settings.Readings / ReadingsPerMessage / _devices.Count) * ReadingsPerMessage;
        var before = _devices.Select(device => device.Confirmed).ToList();
        _devices.ForEach(device => device.Store(each));
        using var killed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var publishing = _devices.ConvertAll(device => PublishUntilAsync(device, killed.Token));
        while (Confirmed() < (long)each * _devices.Count / 2)
        {
            await Task.Delay(HalfwayPoll, time, ct);
        }

        await Task.WhenAll(_broker.KillAsync(), subscriberToo ? _subscriber!.KillAsync() : Task.CompletedTask);
        await killed.CancelAsync();
        await Task.WhenAll(publishing);
        var confirmed = Confirmed();
        await _broker.StartAgainAsync(ct);
        if (subscriberToo)
        {
            await _subscriber!.DisposeAsync();
            _subscriber = await PeerSubscriber.StartAsync(_broker, database.ConnectionString, ct);
        }

        await SettleAsync(time, ct);
        var stored = 0L;
        foreach (var (device, from) in _devices.Zip(before))
        {
            await using var count = database.Source.CreateCommand("SELECT count(*) FROM telemetry_data WHERE device_id = $1 AND seq > $2 AND seq <= $3");
            count.Parameters.Add(new() { Value = device.Device.Value });
            count.Parameters.Add(new() { Value = from });
            count.Parameters.Add(new() { Value = device.Confirmed });
            stored += (long)(await count.ExecuteScalarAsync(ct))!;
        }

        return new PeerLoss(subscriberToo, confirmed, confirmed - stored, ReadingsPerMessage);

        long Confirmed() => _devices.Zip(before, (device, from) => device.Confirmed - from).Sum();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var device in _devices)
        {
            await device.DisposeAsync();
        }

        if (_subscriber is not null)
        {
            await _subscriber.DisposeAsync();
        }

        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Way Way(int size, int part) => new(WayNames.Peer(size), _ =>
    {
        var each = Math.Max(1, _settings.Readings / part / size / _devices.Count) * size;
        _devices.ForEach(device => device.Store(each));
        var readings = (long)each * _devices.Count;
        return Task.FromResult(new Work(readings, () => _broker.ProcessorMicroseconds, () => _subscriber!.ProcessorMicroseconds, async ct =>
        {
            var stored = _subscriber!.StoredAsync(_subscriber.Stored + readings);
            await Task.WhenAll(_devices.Select(device => device.PublishAsync(size, ct)));
            await stored.WaitAsync(ct);
        }));
    });

    private static async Task PublishUntilAsync(PeerDevice device, CancellationToken killed)
    {
        try
        {
            await device.PublishAsync(ReadingsPerMessage, killed);
        }
        catch (Exception e) when (e is OperationCanceledException or MQTTnet.Exceptions.MqttCommunicationException or MQTTnet.Exceptions.MqttClientNotConnectedException)
        {
            // The broker is gone.
        }
    }

    // Until nothing has come for a while.
    private async Task SettleAsync(TimeProvider time, CancellationToken ct)
    {
        for (var (seen, still) = (-1L, 0); still < SettledLooks; still = _subscriber!.Stored == seen ? still + 1 : 0, seen = _subscriber.Stored)
        {
            await Task.Delay(SettlePoll, time, ct);
        }
    }
}

/// <summary>What a kill of the broker cost.</summary>
/// <param name="SubscriberToo">Whether the subscriber was killed with it.</param>
/// <param name="Confirmed">Readings that the broker had confirmed.</param>
/// <param name="Lost">Of those, readings that nobody ever got.</param>
/// <param name="PerMessage">Readings in a message.</param>
internal sealed record PeerLoss(bool SubscriberToo, long Confirmed, long Lost, int PerMessage);
