using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>Salvages the device's file when damage is met while it is in use, and says so.</summary>
internal sealed partial class FileRepair
{
    private readonly DeviceDatabase _database;
    private readonly ILogger _logger;
    private SalvageReport? _told;

    public FileRepair(DeviceDatabase database, ILogger logger)
    {
        (_database, _logger) = (database, logger);
        _told = database.LastSalvage;
        if (_told is { } report)
        {
            Log(report);
        }
    }

    /// <summary>Does it, and does it again in the new file where the old one was damaged.</summary>
    public T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e) when (StorageRules.ReasonOf(e) == ReasonCodes.DatabaseCorrupt)
        {
            if (!TrySalvage())
            {
                throw;
            }
        }

        return work();
    }

    /// <summary>Salvages the file if there is damage.</summary>
    /// <returns>False when it could not be done yet.</returns>
    public bool TrySalvage()
    {
        try
        {
            if (_database.Salvage() is { } report)
            {
                Log(report);
            }

            return true;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            LogFailed(e, e.Message);
            return false;
        }
    }

    /// <summary>Whether the file is another one than when this was asked last.</summary>
    public bool TakeNews()
    {
        var last = _database.LastSalvage;
        var isNews = !ReferenceEquals(last, _told);
        _told = last;
        return isNews;
    }

    private void Log(SalvageReport report) => LogSalvaged(report.Quarantine, report.Salvaged.Readings, report.Salvaged.Lost);

    [LoggerMessage(Level = LogLevel.Error, Message = "The device's file was damaged; it is now {Quarantine}. Salvaged: {Readings} unsent readings, lost: {Lost} (null: not known)")]
    private partial void LogSalvaged(string quarantine, long readings, long? lost);

    [LoggerMessage(Level = LogLevel.Error, Message = "The device's file is damaged and cannot be salvaged yet: {Error}")]
    private partial void LogFailed(Exception exception, string error);
}
