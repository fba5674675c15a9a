using System.Threading.Channels;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>
/// Collects from several sensors at once, offline too: pushed readings share transactions, polled sensors each have their own rhythm. A reading
/// counts as kept when its task has ended.
/// </summary>
public sealed partial class SensorCollector
{
    private readonly EdgeDevice _device;
    private readonly SensorCollectorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Reported> _queue;
    private readonly List<PolledSensor> _polled = [];
    private int _isRunning;

    /// <summary>A collector for this device; it stores nothing until it runs.</summary>
    public SensorCollector(EdgeDevice device, SensorCollectorOptions options, TimeProvider time, ILoggerFactory logs)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        (_device, _options, _time, _logger) = (device, options, time, logs.CreateLogger("EdgeSync.Edge"));
        _queue = Channel.CreateBounded<Reported>(new BoundedChannelOptions(options.QueueMax) { SingleReader = true });
    }

    /// <summary>Gives a reading. Ends after the commit of its transaction; waits for room when too many wait.</summary>
    /// <returns><see cref="ReadingRefusal.None"/> when it is kept, or why it was refused.</returns>
    /// <exception cref="ChannelClosedException">The collector has stopped; the reading is not kept.</exception>
    /// <exception cref="SqliteException">The device's file could not be written; the reading is not kept.</exception>
    public async Task<ReadingRefusal> ReportAsync(Reading reading, CancellationToken ct = default)
    {
        var reported = new Reported(reading, new TaskCompletionSource<ReadingRefusal>(TaskCreationOptions.RunContinuationsAsynchronously));
        await _queue.Writer.WriteAsync(reported, ct);
        return await reported.Kept.Task;
    }

    /// <summary>Adds a sensor that is asked in a rhythm; a null reading is none. Add sensors before the collector runs.</summary>
    /// <param name="name">For the log.</param>
    /// <param name="interval">How often, 1 ms to 1 day.</param>
    /// <param name="read">Asks the sensor; what it throws is logged, and the sensor is asked again at its next time.</param>
    public void AddPolled(string name, TimeSpan interval, Func<CancellationToken, ValueTask<Reading?>> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(interval, TimeSpan.FromDays(1));
        if (_isRunning == 1)
        {
            throw new InvalidOperationException("The collector runs already; add polled sensors before it starts.");
        }

        _polled.Add(new PolledSensor(name, interval, read));
    }

    /// <summary>Collects until <paramref name="stop"/>; what was given by then is stored first.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (Interlocked.Exchange(ref _isRunning, 1) == 1)
        {
            throw new InvalidOperationException("The collector runs once.");
        }

        await using var closing = stop.UnsafeRegister(_ => _queue.Writer.TryComplete(), null);
        await Task.WhenAll([StoreAsync(stop), .. _polled.Select(sensor => PollAsync(sensor, stop))]);
    }

    private async Task StoreAsync(CancellationToken stop)
    {
        using var window = new WakeSignal(_time);
        var batch = new List<Reported>(_options.ReadingsMax);
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            await GatherAsync(batch, window, stop);
            Store(batch);
            batch.Clear();
        }
    }

    private async Task GatherAsync(List<Reported> batch, WakeSignal window, CancellationToken stop)
    {
        Take(batch);
        if (_options.Window == TimeSpan.Zero || batch.Count == _options.ReadingsMax || stop.IsCancellationRequested)
        {
            return;
        }

        await window.WaitAsync(_options.Window, stop);
        Take(batch);
    }

    private void Take(List<Reported> batch)
    {
        while (batch.Count < _options.ReadingsMax && _queue.Reader.TryRead(out var reported))
        {
            batch.Add(reported);
        }
    }

    private void Store(List<Reported> batch)
    {
        try
        {
            var refused = _device.Append([.. batch.Select(reported => reported.Reading)]).Refused.ToDictionary(append => append.Index, append => append.Reason);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Kept.TrySetResult(refused.GetValueOrDefault(i));
            }
        }
        catch (Exception e) when (e is SqliteException or DeviceDatabaseException or DeviceFullException or ObjectDisposedException)
        {
            // Each sensor learns that its reading was not kept; the collector goes on, since a disk may have room again.
            LogNotStored(e, batch.Count);
            batch.ForEach(reported => reported.Kept.TrySetException(e));
        }
    }

    private async Task PollAsync(PolledSensor sensor, CancellationToken stop)
    {
        using var rhythm = new PeriodicTimer(sensor.Interval, _time);
        try
        {
            do
            {
                await PollOnceAsync(sensor, stop);
            }
            while (await rhythm.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            LogStopped(sensor.Name);
        }
    }

    private async Task PollOnceAsync(PolledSensor sensor, CancellationToken stop)
    {
        try
        {
            if (await sensor.ReadAsync(stop) is { } reading && await ReportAsync(reading, stop) is var refusal and not ReadingRefusal.None)
            {
                LogRefused(sensor.Name, refusal);
            }
        }
        catch (ChannelClosedException) when (stop.IsCancellationRequested)
        {
            LogStopped(sensor.Name);
        }
#pragma warning disable CA1031 // A sensor's driver is the device program's code: whatever it throws must not stop the other sensors.
        catch (Exception e) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(e, sensor.Name);
        }
    }

    private sealed record Reported(Reading Reading, TaskCompletionSource<ReadingRefusal> Kept);

    private sealed record PolledSensor(string Name, TimeSpan Interval, Func<CancellationToken, ValueTask<Reading?>> ReadAsync);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} readings could not be stored")]
    private partial void LogNotStored(Exception exception, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A reading of sensor {Sensor} was refused: {Reason}")]
    private partial void LogRefused(string sensor, ReadingRefusal reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sensor {Sensor} could not be read; it is asked again at its next time")]
    private partial void LogFailed(Exception exception, string sensor);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Sensor {Sensor} is asked no longer")]
    private partial void LogStopped(string sensor);
}
