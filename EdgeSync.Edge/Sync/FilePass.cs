using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>What the device's file does to a pass of the agent, and what is done for the file then: room is made, damage is salvaged, and the lanes say why they wait.</summary>
internal sealed partial class FilePass(FileRepair repair, Room room, DeadLetters letters, SyncLanes lanes, RunIdentity run, ILogger logger)
{
    /// <summary>Makes a pass; a failure of the file is every lane's.</summary>
    public async Task TryAsync(Func<Task> pass)
    {
        try
        {
            await pass();
            letters.Trim();
            room.Tend();
            lanes.NotePassEnd();
        }
        catch (Exception e) when (IsOfTheFile(e))
        {
            Note(e);
        }
    }

    /// <summary>How long to wait: how often to sync is in the file too, and without it the lanes' own waits are left.</summary>
    public TimeSpan TryWait(Func<TimeSpan> wait, TimeSpan otherwise)
    {
        try
        {
            return wait();
        }
        catch (Exception e) when (IsOfTheFile(e))
        {
            Note(e);
            return lanes.FirstAttemptAfter(lanes.Now) is { } attempt ? attempt - lanes.Now : otherwise;
        }
    }

    private static bool IsOfTheFile(Exception exception) => exception is SqliteException or DeviceDatabaseException or DeviceFullException;

    private void Note(Exception failure)
    {
        LogStorage(failure, failure.Message);
        lanes.ApplyToAll(AttemptOutcome.Storage(failure));
        Mend(failure);
    }

    /// <summary>Whether it is another file than in the last pass: then this is another run.</summary>
    public bool IsAnother()
    {
        var isAnother = repair.TakeNews();
        if (isAnother)
        {
            run.BeginAnew();
        }

        return isAnother;
    }

    /// <summary>Lets a lane work; when it finds no room it alone has failed, so that what makes room goes on.</summary>
    public async Task<AttemptOutcome?> TryLaneAsync(Func<Task<AttemptOutcome?>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (StorageRules.ReasonOf(e) == ReasonCodes.DiskFull)
        {
            LogStorage(e, e.Message);
            Mend(e);
            return AttemptOutcome.Storage(e);
        }
    }

    // What the next attempt needs.
    private void Mend(Exception failure)
    {
        try
        {
            if (failure is not DeviceFullException && StorageRules.ReasonOf(failure) == ReasonCodes.DiskFull)
            {
                room.Release();
            }

            repair.TrySalvage();
        }
        catch (Exception e) when (StorageRules.ReasonOf(e) is not null)
        {
            LogStorage(e, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The device's file cannot be read or written: {Error}")]
    private partial void LogStorage(Exception exception, string error);
}
