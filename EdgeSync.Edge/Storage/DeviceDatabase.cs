using Microsoft.Data.Sqlite;

namespace EdgeSync.Edge;

/// <summary>
/// The device's one SQLite file (WAL) behind one kept-open connection: every use holds its lock, every write is one transaction.
/// An open device costs 230 to 400 KB (docs/performance.md) and 3 file descriptors, so a process with a limit of 20,000 descriptors opens at most about 6,000.
/// </summary>
internal sealed class DeviceDatabase : IDisposable
{
    private const int LogPagesUsual = 1_000;

    // Where no checkpoint waits for a disk, a small log is written over and over in the same memory; a large one of each of thousands of files keeps the disk busy for all.
    private const int LogPagesOfProcess = 32;

    private readonly Lock _gate = new();
    private readonly KeptStatements _statements;
    private readonly Durability _durability;
    private readonly FileSalvage? _salvage;
    private SqliteConnection _connection;
    private string? _damage;
    private long _pagesMax = long.MaxValue;
    private int _logPages;
    private bool _closed;
    private bool _isWriting;
    private bool _isSpoilt;

    private DeviceDatabase(string path, SqliteConnection connection, Durability durability, StatementBoundary? boundary, FileSalvage? salvage) =>
        (Path, _connection, _durability, _statements, _salvage, _logPages) =
        (path, connection, durability, new KeptStatements(boundary), salvage, durability == Durability.Process ? LogPagesOfProcess : LogPagesUsual);

    public string Path { get; }

    /// <summary>Grows when something kept in memory may differ from the file: after a transaction that was rolled back, or rows that moved.</summary>
    public int Generation { get; private set; }

    /// <summary>Grows with each commit.</summary>
    public long Commits { get; private set; }

    /// <summary>What was salvaged since the program's start, the last time; null when nothing was.</summary>
    public SalvageReport? LastSalvage { get; private set; }

    /// <summary>Opens the file, creating or migrating it.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="durability">When a commit counts as kept.</param>
    /// <param name="boundary">Called before and after each statement; a test that throws there stops the program at that very place.</param>
    /// <param name="salvage">What is done with a damaged file; without it such a file is not opened.</param>
    /// <exception cref="DeviceDatabaseException">It cannot be used; the message says what to do.</exception>
    public static DeviceDatabase Open(string path, Durability durability, StatementBoundary? boundary = null, FileSalvage? salvage = null)
    {
        try
        {
            FileSalvage.Finish(path);
            SqliteConnection connection;
            var report = salvage is not null && FileSalvage.IsSuspect(path) ? salvage.Run(path, "found before") : null;
            try
            {
                connection = DeviceDatabaseFile.Open(path, durability, isToCheck: salvage is not null && FileSalvage.IsUnclean(path));
            }
            catch (SqliteException e) when (salvage is not null && StorageRules.ReasonOf(e) == ReasonCodes.DatabaseCorrupt)
            {
                report = salvage.Run(path, e.Message);
                connection = DeviceDatabaseFile.Open(path, durability, isToCheck: false);
            }

            return new DeviceDatabase(path, connection, durability, boundary, salvage) { LastSalvage = report };
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new DeviceDatabaseException(
                $"The device's file {path} cannot be opened: {e.Message} Check that its directory can be written, that the disk has room, and that it is a SQLite file.", e);
        }
    }

    /// <summary>Salvages the file if damage was met since it was opened or salvaged. Not inside <see cref="Read{T}"/> or <see cref="Write{T}"/>.</summary>
    /// <returns>What was done; null when there was nothing to do.</returns>
    public SalvageReport? Salvage()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_damage is not { } damage || _salvage is null)
            {
                return null;
            }

            Close();
            Generation++;
            try
            {
                LastSalvage = _salvage.Run(Path, damage);
                _connection = DeviceDatabaseFile.Open(Path, _durability, isToCheck: false);
                DeviceDatabaseFile.Bound(_connection, _pagesMax, _logPages);
                _damage = null;
                return LastSalvage;
            }
            catch
            {
                // It stays what it is until there is room for another one.
                _connection = DeviceDatabaseFile.Connect(Path, SqliteOpenMode.ReadWrite);
                throw;
            }
        }
    }

    /// <summary>The prepared statement for this text. Call it only inside <see cref="Read{T}"/> or <see cref="Write{T}"/>.</summary>
    public Statement Statement(string sql) => _statements.Get(_connection, sql);

    /// <summary>Reads under the lock.</summary>
    public T Read<T>(Func<T> work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            try
            {
                return work();
            }
            catch (SqliteException e) when (IsNoted(e))
            {
                throw;
            }
            catch (Exception e) when (StorageRules.IsUnintelligible(e))
            {
                var damage = StorageRules.Damage($"a row cannot be understood ({e.Message})");
                IsNoted(damage);
                throw damage;
            }
        }
    }

    /// <summary>
    /// Writes in one transaction; it is committed, and with <see cref="Durability.Full"/> on the disk, when this returns. A write inside another one's work is part of that one's
    /// transaction; if it fails, the whole is rolled back, whatever its caller makes of the exception.
    /// </summary>
    /// <exception cref="DeviceFullException">It would take more of a bounded file than its class may.</exception>
    public T Write<T>(Func<T> work, WriteClass of = WriteClass.Agent)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_isWriting)
            {
                return Join(work);
            }

            (_isWriting, _isSpoilt) = (true, false);
            try
            {
                Statement("BEGIN IMMEDIATE").Execute();
                var usedBefore = _pagesMax == long.MaxValue || of == WriteClass.Agent ? 0 : PagesInUse();
                var result = work();
                if (_isSpoilt)
                {
                    throw new InvalidOperationException("A write inside this transaction failed; nothing of it was kept.");
                }

                CheckRoom(of, usedBefore);
                Statement("COMMIT").Execute();
                Commits++;
                return result;
            }
            catch (Exception e)
            {
                IsNoted(e);
                Generation++;
                RollBack();
                throw;
            }
            finally
            {
                _isWriting = false;
            }
        }
    }

    public void Write(Action work, WriteClass of = WriteClass.Agent) => Write(
        () =>
        {
            work();
            return true;
        },
        of);

    /// <summary>Bounds the file, for every class of writes by its share; it is never less than it has.</summary>
    /// <param name="pagesMax">Pages of 4 KiB; <see cref="long.MaxValue"/> for no bound.</param>
    /// <param name="logPages">Pages of the write-ahead log before they go into the file; null leaves that as it is.</param>
    public void Bound(long pagesMax, int? logPages)
    {
        lock (_gate)
        {
            (_pagesMax, _logPages) = (pagesMax, logPages ?? _logPages);
            DeviceDatabaseFile.Bound(_connection, _pagesMax, _logPages);
        }
    }

    /// <summary>What is kept in memory beside the file must be read again.</summary>
    public void Forget() => Generation++;

    /// <summary>
    /// Brings everything committed so far to the disk before it is sent: with <see cref="Durability.Normal"/> a power cut could otherwise take
    /// back readings that the control plane has. Nothing to do with another one.
    /// </summary>
    public void MakeDurable(string markSql)
    {
        if (_durability != Durability.Normal)
        {
            return;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            // Not prepared ones: SQLite sets it when the pragma is prepared, and a prepared one that runs again does nothing.
            DeviceDatabaseFile.Execute(_connection, DeviceDatabaseFile.Synchronous(Durability.Full));
            try
            {
                Statement(markSql).Execute();
            }
            finally
            {
                DeviceDatabaseFile.Execute(_connection, DeviceDatabaseFile.Synchronous(Durability.Normal));
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            Close();
            if (_damage is not null)
            {
                FileSalvage.Suspect(Path);
            }
        }
    }

    private long PagesInUse() => (Statement("PRAGMA page_count").Number() ?? 0) - (Statement("PRAGMA freelist_count").Number() ?? 0);

    private void CheckRoom(WriteClass of, long usedBefore)
    {
        if (_pagesMax != long.MaxValue && of != WriteClass.Agent && PagesInUse() is var used && used > usedBefore && used > DiskRules.PagesMax(of, _pagesMax))
        {
            throw new DeviceFullException($"The device's file has no room for more {of} ({used} of {_pagesMax} pages are in use).");
        }
    }

    private void Close()
    {
        _statements.Clear();
        _connection.Dispose();
    }

    // False always, so that an exception filter may ask.
    private bool IsNoted(Exception exception)
    {
        if (StorageRules.ReasonOf(exception) == ReasonCodes.DatabaseCorrupt)
        {
            _damage = exception.Message;
        }

        return false;
    }

    private T Join<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch
        {
            _isSpoilt = true;
            throw;
        }
    }

    private void RollBack()
    {
        try
        {
            Statement("ROLLBACK").Execute();
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself (disk full, I/O error): the first error is the one to tell.
        }
    }
}
