using System.Data.Common;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// Before the service takes requests: applies what is missing, or, with <c>Database:Migrations=check</c>, refuses to start when something is. A database that cannot be
/// reached is waited for without end: meanwhile the service is alive, not ready, and answers everybody that it is unavailable.
/// </summary>
internal sealed partial class MigrationsAtStart(
    Migrations migrations, SchemaGate gate, IConfiguration configuration, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<MigrationsAtStart> log) : IHostedLifecycleService, IDisposable
{
    public const string Setting = "Database:Migrations";

    private readonly CancellationTokenSource _stop = new();
    private Task _waiting = Task.CompletedTask;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(cancellationToken);
        }
        catch (DbException e) when (DatabaseFaults.IsUnavailable(e))
        {
            LogWaiting(e.Message);
            gate.Close();
            _waiting = WaitAsync(_stop.Token);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => _stop.CancelAsync();

    public Task StopAsync(CancellationToken cancellationToken) => _waiting;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stop.Dispose();

    private async Task WaitAsync(CancellationToken stop)
    {
        try
        {
            if (await DatabaseWait.UntilDoneAsync(RunAsync, time, stop))
            {
                gate.Open();
                LogCame();
            }
        }
        catch (Exception e) when (e is DbException or MigrationException)
        {
            // As at a start that found the database at once.
            LogCannotStart(e);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }

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

        if (gate.Newer is { Count: > 0 } newer)
        {
            LogNewer(string.Join(", ", newer));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database cannot be reached, and is waited for: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The database is there")]
    private partial void LogCame();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database has migrations of a newer program, which this one works with: {Names}. Replace this program by that one")]
    private partial void LogNewer(string names);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The database came, and the service cannot work with it")]
    private partial void LogCannotStart(Exception error);
}
