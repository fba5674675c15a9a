using System.Data.Common;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Offers the rules of the settings to the fleet when the service starts: those with a higher version than the fleet's are set. A database that is away is waited for.</summary>
internal sealed partial class ConfigRulesAtStart(ConfigRuleStore store, IOptions<CommandsOptions> options, TimeProvider time, ILogger<ConfigRulesAtStart> log) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _waiting = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OfferAsync(cancellationToken);
        }
        catch (DbException e) when (DatabaseFaults.IsUnavailable(e))
        {
            _waiting = WaitAsync(_stop.Token);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _waiting;
    }

    public void Dispose() => _stop.Dispose();

    private async Task WaitAsync(CancellationToken stop)
    {
        try
        {
            await DatabaseWait.UntilDoneAsync(OfferAsync, time, stop);
        }
        catch (DbException e)
        {
            LogFailed(e);
        }
    }

    private async Task OfferAsync(CancellationToken ct)
    {
        var ours = options.Value.ToRuleSet();
        var held = await store.OfferAsync(ours, time.GetMicroseconds(), ct);
        if (held.Version != ours.Version || !held.Patterns.SequenceEqual(ours.Patterns))
        {
            LogIgnored(ours.Version, held.Version);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The configuration rules of the settings (version {Ours}) do not hold: the fleet has version {Held}, set at run time or by other settings")]
    private partial void LogIgnored(int ours, int held);

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration rules of the settings could not be offered to the fleet; it goes on with those that it has")]
    private partial void LogFailed(Exception error);
}
