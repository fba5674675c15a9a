using System.Data.Common;
using EdgeSync.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// Brings the database to the schema of this program: numbered SQL files, each applied once, whoever starts first. One instance holds a lease while it
/// applies; the others wait. A file that failed half-way is run again from its first statement, because each statement may be run again.
/// </summary>
internal sealed partial class Migrations(ControlPlaneDatabase database, DatabaseOptions options, SchemaGate gate, TimeProvider time, ILogger<Migrations> log)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RaceDelay = TimeSpan.FromMilliseconds(50);

    // CREATE TABLE IF NOT EXISTS of several instances at once may still collide in a server's catalog.
    private const int RacesMax = 20;

    private readonly string _holder = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}";

    /// <summary>What is missing, in order; nothing is changed.</summary>
    /// <exception cref="MigrationException">The database is newer than this program works with, or an applied file has changed since.</exception>
    public async Task<IReadOnlyList<MigrationFile>> PendingAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return await PendingAsync(connection);
    }

    /// <summary>Applies what is missing, and returns it.</summary>
    /// <exception cref="MigrationException">As above, or a statement failed.</exception>
    public async Task<IReadOnlyList<MigrationFile>> ApplyAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var applied = await ApplyAsync(connection, ct);
        if (database.Kind is DatabaseKind.CockroachDb)
        {
            await HistoryTtlStore.SetAsync(connection, options.HistoryRetention);
        }

        return applied;
    }

    private async Task<IReadOnlyList<MigrationFile>> ApplyAsync(DbConnection connection, CancellationToken ct)
    {
        await CreateAccountAsync(connection, ct);
        while (await PendingAsync(connection) is { Count: > 0 })
        {
            if (!await MigrationStore.TakeLeaseAsync(connection, database.Kind, _holder, Lease))
            {
                await Task.Delay(Look, time, ct);
                continue;
            }

            try
            {
                // Whoever held the lease before may have applied them meanwhile.
                var pending = await PendingAsync(connection);
                foreach (var file in pending)
                {
                    await ApplyAsync(connection, file, ct);
                }

                return pending;
            }
            finally
            {
                await MigrationStore.EndLeaseAsync(connection, _holder);
            }
        }

        return [];
    }

    private async Task<IReadOnlyList<MigrationFile>> PendingAsync(DbConnection connection)
    {
        IReadOnlyList<AppliedMigration> applied;
        try
        {
            applied = await MigrationStore.ReadAsync(connection);
        }
        catch (DbException e) when (e is Microsoft.Data.Sqlite.SqliteException { SqliteErrorCode: 1 } or { SqlState: "42P01" })
        {
            // No account yet: an empty database.
            applied = [];
        }

        var plan = MigrationPlan.Of(MigrationFile.For(database.Kind), applied);
        gate.Newer = plan.Newer;
        return plan.Pending;
    }

    private async Task CreateAccountAsync(DbConnection connection, CancellationToken ct)
    {
        for (var race = 1; ; race++)
        {
            try
            {
                await MigrationStore.CreateAsync(connection, database.Kind);
                return;
            }
            catch (DbException e) when (race < RacesMax && (e.SqlState is "23505" or "42P07" or "42710" or "42701" || DatabaseFaults.Of(e) is DatabaseFault.Conflict))
            {
                await Task.Delay(RaceDelay, time, ct);
            }
        }
    }

    private async Task ApplyAsync(DbConnection connection, MigrationFile file, CancellationToken ct)
    {
        foreach (var (i, statement) in file.Statements(database.Kind).Index())
        {
            try
            {
                await MigrationStore.TakeLeaseAsync(connection, database.Kind, _holder, Lease);
                var running = MigrationStore.RunAsync(connection, statement, ct);
                while (await Task.WhenAny(running, Task.Delay(Renewal, time, CancellationToken.None)) != running)
                {
                    await using var other = await database.OpenAsync(CancellationToken.None);
                    await MigrationStore.TakeLeaseAsync(other, database.Kind, _holder, Lease);
                }

                await running;
            }
            catch (DbException e) when (!DatabaseFaults.IsUnavailable(e))
            {
                throw new MigrationException($"Migration {file.Name} failed at its statement {i + 1}: {e.Message} Mend what is wrong and start again; it is then run again from its first statement.", e);
            }
        }

        await MigrationStore.RecordAsync(connection, file, time.GetMicroseconds());
        LogApplied(file.Name);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Migration {Name} was applied")]
    private partial void LogApplied(string name);
}
