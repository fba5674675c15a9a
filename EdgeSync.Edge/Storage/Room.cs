using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>
/// What the device does when its file, or its disk, is full: acknowledged readings go before their time, then <see cref="EdgeDeviceOptions.WhenFull"/> says; and what it does with room that is free again.
/// </summary>
internal sealed partial class Room
{
    private const int TriesMax = 64;
    private const int DroppedAtOnce = 512;
    private const long LogBytesKept = 1024 * 1024;

    private readonly TelemetryStore _telemetry;
    private readonly RetentionStore _retention;
    private readonly RoomStore _store;
    private readonly SyncLogStore _syncLog;
    private readonly EdgeDeviceOptions _options;
    private readonly ILogger _logger;
    private readonly EmergencyReserve _reserve;
    private long _reclaimed;
    private long _refused;
    private bool _isFull;
    private long _tendedAt = -1;

    public Room(TelemetryStore telemetry, RetentionStore retention, RoomStore store, SyncLogStore syncLog, EdgeDeviceOptions options, ILogger logger)
    {
        (_telemetry, _retention, _store, _syncLog, _options, _logger) = (telemetry, retention, store, syncLog, options, logger);
        _reserve = new EmergencyReserve(options.DatabasePath, options.EmergencyReserveBytes);
        // What is in the log and not yet in the file must find room in the reserve.
        _store.Bound(PagesMax, options.EmergencyReserveBytes == 0 ? null : options.EmergencyReserveBytes / 2 / DiskRules.PageBytes);
        if (!_reserve.TryRestore())
        {
            Release();
        }
    }

    private long PagesMax => _options.DatabaseBytesMax is { } bytes ? DiskRules.PagesMax(bytes) : long.MaxValue;

    /// <summary>Stores readings, making room where there is none.</summary>
    /// <exception cref="DeviceFullException">There is none to be made.</exception>
    public AppendResult Append(IReadOnlyList<Reading> readings)
    {
        var of = readings.Count > 0 && readings.All(reading => IsAlarm(reading.Sensor)) ? WriteClass.Alarms : WriteClass.Telemetry;
        for (var tries = 0; ; tries++)
        {
            try
            {
                return _telemetry.Append(readings, of);
            }
            catch (Exception e) when (StorageRules.ReasonOf(e) == ReasonCodes.DiskFull)
            {
                if (tries >= TriesMax || !TryMakeRoom(of))
                {
                    Interlocked.Add(ref _refused, readings.Count);
                    NoteFull("New readings are refused");
                    throw new DeviceFullException(
                        $"The device's file has no room for {readings.Count} readings; none of them was stored. {(_options.WhenFull == WhenFull.RefuseNew ? "WhenFull is RefuseNew" : "There is nothing that may be dropped for them")}; free the disk, raise DatabaseBytesMax, or let the device sync.", e);
                }
            }
        }
    }

    /// <summary>The disk has no room for the agent's own writes: the reserve is given up, and the file grows no more.</summary>
    public void Release()
    {
        if (!_reserve.IsReleased)
        {
            _reserve.Release();
            LogReleased();
        }

        _store.StopGrowing();
        _store.Truncate();
    }

    /// <summary>Gives back what is free, a step at a time, and takes the reserve back when the disk has room.</summary>
    public void Tend()
    {
        // Nothing was written: there is nothing to see.
        if (_tendedAt == _store.Commits && !_reserve.IsReleased && !_isFull)
        {
            return;
        }

        _tendedAt = _store.Commits;
        var use = _store.ReadUse();
        if (DiskRules.PagesToReclaim(use.Pages, use.Free) is > 0 and var pages)
        {
            Interlocked.Add(ref _reclaimed, _store.Reclaim(pages) * DiskRules.PageBytes);
            _store.Truncate();
        }
        else if (new FileInfo(_options.DatabasePath + "-wal") is { Exists: true, Length: > LogBytesKept })
        {
            _store.Truncate();
        }

        if (_reserve.IsReleased && _reserve.TryRestore())
        {
            _store.Bound(PagesMax, null);
        }

        if (_isFull && !_reserve.IsReleased && use.Pages - use.Free < DiskRules.PagesMax(WriteClass.Telemetry, PagesMax))
        {
            _isFull = false;
            _syncLog.Write("device", "disk-room", "There is room for new readings again.");
        }
    }

    public StorageReport Read()
    {
        var (use, history) = (_store.ReadUse(), _store.ReadHistory());
        return new StorageReport(
            use.Pages * DiskRules.PageBytes, use.Free * DiskRules.PageBytes, Interlocked.Read(ref _reclaimed), history.Dropped, Interlocked.Read(ref _refused), history.Salvages, _options.DatabaseBytesMax, history.SalvagedAt);
    }

    private bool TryMakeRoom(WriteClass of)
    {
        try
        {
            return MakeRoom(of);
        }
        catch (Exception e) when (StorageRules.ReasonOf(e) == ReasonCodes.DiskFull)
        {
            // Not even for giving something up; the sensor is told.
            return false;
        }
    }

    private bool MakeRoom(WriteClass of)
    {
        // By its own limit the file is full while the disk is not.
        if (_options.DatabaseBytesMax is null || _reserve.FreeBytes() < _options.EmergencyReserveBytes)
        {
            Release();
        }

        // What the control plane has needs no copy here more than what it has not.
        if (_retention.DeleteAcknowledged(long.MaxValue, DroppedAtOnce))
        {
            return true;
        }

        var dropped = _options.WhenFull switch
        {
            WhenFull.DropOldest => _store.DropOldest(DroppedAtOnce, IsAlarm),
            WhenFull.Downsample => _store.Thin(_options.DownsampleKeepOneOf, IsAlarm),
            _ => null,
        };
        // Alarms give way to alarms alone.
        dropped ??= _options.WhenFull != WhenFull.RefuseNew && of == WriteClass.Alarms ? _store.DropOldest(DroppedAtOnce, static _ => false) : null;
        if (dropped is null)
        {
            return false;
        }

        NoteFull("Unsent readings are given up");
        _syncLog.Write("device", "dropped", FormattableString.Invariant($"{dropped.Count} unsent readings of {dropped.From} to {dropped.To} of stream {dropped.Epoch}; they are declared as gaps."));
        LogDropped(dropped.Count, dropped.From, dropped.To, dropped.Epoch);
        return true;
    }

    private bool IsAlarm(string sensor) => _options.AlarmSensors.Any(pattern => ConfigPatterns.Matches(pattern, sensor));

    private void NoteFull(string what)
    {
        if (_isFull)
        {
            return;
        }

        _isFull = true;
        LogFull(what);
        try
        {
            _syncLog.Write("device", ReasonCodes.DiskFull, $"{what} (WhenFull is {_options.WhenFull}).");
        }
        catch (Exception e) when (StorageRules.ReasonOf(e) == ReasonCodes.DiskFull)
        {
            // Said again with the next line that finds room.
            _isFull = false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The device's file or disk is full. {What}")]
    private partial void LogFull(string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} unsent readings of {From} to {To} of stream {Epoch} were dropped for want of room")]
    private partial void LogDropped(long count, long from, long to, Epoch epoch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The disk is full: the emergency reserve was given up")]
    private partial void LogReleased();
}
