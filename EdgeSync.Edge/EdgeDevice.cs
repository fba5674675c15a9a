using System.Net.Security;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge;

/// <summary>
/// A device: readings are kept in its own SQLite file first, the network comes second. <see cref="Append"/>, <see cref="Config"/> and
/// <see cref="Status"/> work offline and from any thread; <see cref="RunAsync"/> is the agent that syncs.
/// </summary>
/// <remarks>One process opens a device's file at a time. An open device costs 230 to 400 KB and 3 file descriptors, and its TLS connection beside that.</remarks>
public sealed class EdgeDevice : IAsyncDisposable
{
    private readonly EdgeDeviceOptions _options;
    private readonly TimeProvider _time;
    private readonly DeviceDatabase _database;
    private readonly DeviceParts _parts;
    private readonly CancellationTokenSource _disposed = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isRunning;
    private int _isDisposed;

    private EdgeDevice(EdgeDeviceOptions options, TimeProvider time, DeviceDatabase database, DeviceParts parts) =>
        (_options, _time, _database, _parts) = (options, time, database, parts);

    /// <summary>The device's configuration.</summary>
    public DeviceConfig Config => _parts.Config;

    /// <summary>How it stands.</summary>
    public EdgeStatus Status => _parts.ReadStatus();

    /// <summary>The device's identity.</summary>
    public DeviceId Id => _options.Device;

    /// <summary>The little of <see cref="Status"/> that thousands of devices in one process are asked every second or two: entries not yet acknowledged, and what was counted.</summary>
    internal (long Pending, EdgeCounters Counters) Progress => _parts.ReadProgress();

    internal DeviceParts Parts => _parts;

    internal DeviceDatabase Database => _database;

    /// <summary>
    /// Opens a device whose program brings the certificate, creating its file if there is none, and counts the start. Such a device neither enrols nor renews nor pins; it gets its
    /// tokens by itself.
    /// </summary>
    /// <param name="options">How it works.</param>
    /// <param name="http">Carries its requests; the device uses absolute addresses and does not dispose it.</param>
    /// <param name="handlers">The commands it knows, beside those that are built in (docs/protocol.md).</param>
    /// <param name="time">Its clock; every wait goes by it.</param>
    /// <param name="logs">Where it logs.</param>
    /// <param name="random">Epochs, nonces and jitter: <see cref="CryptographicRandom"/> on a real device, seeded in a simulation.</param>
    /// <exception cref="ArgumentException">An option or handler is wrong; the message says what to change.</exception>
    /// <exception cref="DeviceDatabaseException">The file cannot be used; the message says what to do.</exception>
    /// <exception cref="DeviceIdentityException"><see cref="EdgeDeviceOptions.AuthoritiesPath"/> is given and cannot be read.</exception>
    public static EdgeDevice Open(
        EdgeDeviceOptions options, HttpClient http, IEnumerable<CommandHandler> handlers, TimeProvider time, ILoggerFactory logs, Random random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(http);
        return Open(options, http, handlers, time, logs, random, boundary: null);
    }

    /// <summary>As above, with what is called before and after each statement on the device's file.</summary>
    internal static EdgeDevice Open(
        EdgeDeviceOptions options, HttpClient http, IEnumerable<CommandHandler> handlers, TimeProvider time, ILoggerFactory logs, Random random, StatementBoundary? boundary) =>
        Open(options, () => DeviceAccess.Given(options, http), handlers, time, logs, random, boundary);

    /// <summary>
    /// Opens a device that enrols, renews its certificate and pins the gateway by itself, as <see cref="EdgeDeviceOptions.IdentityFolder"/> and the options beside it say.
    /// </summary>
    /// <param name="options">How it works.</param>
    /// <param name="sockets">
    /// Makes what connects with these TLS options; asked anew for each certificate and each enrolment. The device disposes what it got when the last request on it has ended.
    /// </param>
    /// <param name="handlers">The commands it knows, beside those that are built in (docs/protocol.md).</param>
    /// <param name="time">Its clock; every wait goes by it.</param>
    /// <param name="logs">Where it logs.</param>
    /// <param name="random">Epochs, nonces and jitter: <see cref="CryptographicRandom"/> on a real device, seeded in a simulation. Keys come from the machine.</param>
    /// <exception cref="ArgumentException">An option or handler is wrong; the message says what to change.</exception>
    /// <exception cref="DeviceDatabaseException">The file cannot be used; the message says what to do.</exception>
    /// <exception cref="DeviceIdentityException">A file of the identity folder, or the roots, cannot be used; the message says what to do.</exception>
    public static EdgeDevice Open(
        EdgeDeviceOptions options,
        Func<SslClientAuthenticationOptions, HttpMessageHandler> sockets,
        IEnumerable<CommandHandler> handlers,
        TimeProvider time,
        ILoggerFactory logs,
        Random random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sockets);
        return options.IdentityFolder is null
            ? throw new ArgumentException("IdentityFolder is missing; set it to the folder that keeps the device's key and certificate.", nameof(options))
            : Open(options, () => DeviceAccess.Own(options, sockets), handlers, time, logs, random, boundary: null);
    }

    private static EdgeDevice Open(
        EdgeDeviceOptions options, Func<DeviceAccess> reach, IEnumerable<CommandHandler> handlers, TimeProvider time, ILoggerFactory logs, Random random, StatementBoundary? boundary)
    {
        ArgumentNullException.ThrowIfNull(handlers);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logs);
        ArgumentNullException.ThrowIfNull(random);
        if (options.Check() is { Count: > 0 } wrong)
        {
            throw new ArgumentException(string.Join(" ", wrong), nameof(options));
        }

        var known = new CommandHandlers(handlers);
        var access = reach();
        DeviceDatabase? database = null;
        try
        {
            var entropy = new Entropy(random);
            database = DeviceDatabase.Open(options.DatabasePath, options.Durability, boundary, new FileSalvage(options.Device, entropy, time));
            var file = database;
            return new EdgeDevice(options, time, file, Begin(file, () => new DeviceParts(options, file, access, known, time, logs, entropy)));
        }
        catch
        {
            database?.Dispose();
            access.Dispose();
            throw;
        }
    }

    // A file that was closed in order is not checked when it is opened: damage in it shows when it is read.
    private static DeviceParts Begin(DeviceDatabase database, Func<DeviceParts> begin)
    {
        try
        {
            return begin();
        }
        catch (SqliteException e) when (StorageRules.ReasonOf(e) == ReasonCodes.DatabaseCorrupt)
        {
            if (database.Salvage() is null)
            {
                throw;
            }
        }

        return begin();
    }

    /// <summary>
    /// Stores readings in one transaction and returns after its commit. A reading that breaks a rule is refused before it takes a number; the others
    /// are stored.
    /// </summary>
    /// <exception cref="DeviceFullException">There is no room, and <see cref="EdgeDeviceOptions.WhenFull"/> lets nothing go for it: nothing was stored.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The file could not be written for another reason: nothing was stored.</exception>
    public AppendResult Append(IReadOnlyList<Reading> readings)
    {
        ArgumentNullException.ThrowIfNull(readings);
        return _parts.Repair.Guard(() => _parts.Room.Append(readings));
    }

    /// <summary>
    /// Syncs and runs commands until <paramref name="stop"/>. Then it takes nothing new, lets a request under way end within
    /// <see cref="EdgeDeviceOptions.StopTimeout"/>, and returns; what was not answered is sent again by the next run.
    /// </summary>
    /// <exception cref="InvalidOperationException">It runs already, or has run: open the device again.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        if (Interlocked.Exchange(ref _isRunning, 1) == 1)
        {
            throw new InvalidOperationException("The device's agent runs once; dispose the device and open it again to run it anew.");
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, _disposed.Token);
        using var hardStop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        await using var grace = ending.Token.UnsafeRegister(_ => hardStop.CancelAfter(_options.StopTimeout), null);
        try
        {
            await Task.WhenAll(
                EndTogether(_parts.Agent.RunAsync(ending.Token, hardStop.Token), ending),
                EndTogether(_options.EventStream ? _parts.Listener.RunAsync(ending.Token) : Task.CompletedTask, ending),
                EndTogether(_parts.Probations.RunAsync(ending.Token), ending),
                EndTogether(_parts.Runner.RunAsync(ending.Token), ending));
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    /// <summary>
    /// Asks the running agent to sync at once, again and again, until readings, results, receipts and configuration are all answered and no command
    /// is left unfinished.
    /// </summary>
    /// <returns>
    /// True when nothing is pending; false when cancelled, when the agent has stopped, or when readings are pending that a pause holds back and everything else is answered.
    /// </returns>
    public Task<bool> DrainAsync(CancellationToken ct) => _parts.Agent.DrainAsync(ct);

    /// <summary>The device's own record of its syncing, newest first.</summary>
    public IReadOnlyList<SyncLogEntry> ReadSyncLog(int count) => _parts.SyncLog.Read(count);

    /// <summary>Readings set aside, newest first.</summary>
    public IReadOnlyList<DeadLetter> ReadDeadLetters(int count) => _parts.DeadLetters.Read(count);

    /// <summary>Readings set aside, in the order of stream and number; in pages.</summary>
    /// <param name="count">So many at most.</param>
    /// <param name="after">The last one of the page before; null to begin. It need not be there any more.</param>
    /// <param name="cause">Those of this cause; null for any.</param>
    public IReadOnlyList<DeadLetter> ReadDeadLetters(int count, EntryName? after, string? cause = null) => _parts.DeadLetters.Read(count, after, cause);

    /// <summary>Makes dead letters new readings, each of which names the entry that it repeats. What still cannot be taken stays. A line in <c>sync_log</c> says so.</summary>
    public DeadLetterReplay ReplayDeadLetters(DeadLetterSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return _parts.Letters.Replay(selection);
    }

    /// <summary>Deletes dead letters. A line in <c>sync_log</c> says so.</summary>
    /// <returns>How many.</returns>
    public int DiscardDeadLetters(DeadLetterSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return _parts.Letters.Discard(selection);
    }

    /// <summary>The control plane's signed word of what it has, newest first: the newest few of each stream.</summary>
    public IReadOnlyList<KeptReceipt> ReadReceipts() => _parts.Receipts.Read();

    /// <summary>Stops the agent if it runs and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        await _disposed.CancelAsync();
        if (Interlocked.Exchange(ref _isRunning, 1) == 1)
        {
            await _ended.Task;
        }

        _parts.Dispose();
        _database.Dispose();
        _disposed.Dispose();
    }

    // A loop that fails takes the others with it: half an agent would look alive.
    private static async Task EndTogether(Task loop, CancellationTokenSource ending)
    {
        try
        {
            await loop;
        }
        catch
        {
            ending.Cancel();
            throw;
        }
    }
}
