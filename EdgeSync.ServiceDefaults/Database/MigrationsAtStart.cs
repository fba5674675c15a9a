using System.Data.Common;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// Before the service takes requests: applies what is missing, or, with <c>Database:Migrations=check</c>, refuses to start when something is. A database that
/// cannot be reached yet is waited for.
/// </summary>
internal sealed partial class MigrationsAtStart(Migrations migrations, IConfiguration configuration, TimeProvider time, ILogger<MigrationsAtStart> log) : IHostedLifecycleService
{
    public const string Setting = "Database:Migrations";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var begunAt = time.GetTimestamp();
        while (true)
        {
            try
            {
                await RunAsync(cancellationToken);
                return;
            }
            catch (DbException e) when (DatabaseFaults.IsUnavailable(e) && time.GetElapsedTime(begunAt) < Patience)
            {
                LogWaiting(e.Message);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RunAsync(CancellationToken ct)
    {
        switch (configuration[Setting])
        {
            case null or "apply":
                await migrations.ApplyAsync(ct);
                break;
            case "check" when await migrations.PendingAsync(ct) is { Count: > 0 } pending:
                throw new MigrationException($"The database lacks {string.Join(", ", pending.Select(file => file.Name))}. Run this program with 'migrate' first, or set {Setting} to apply.");
            case "check":
                break;
            case var other:
                throw new MigrationException($"Set {Setting} to apply or check, not '{other}'.");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database cannot be reached yet, trying again: {Reason}")]
    private partial void LogWaiting(string reason);
}
