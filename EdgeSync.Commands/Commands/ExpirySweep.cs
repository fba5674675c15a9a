using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Ends commands that nobody asks for any more, and lets commands wait again whose lease ended without a receipt.</summary>
internal sealed partial class ExpirySweep(
    ExpiryStore store, DeviceSignals signals, CommandsMetrics metrics, IOptions<CommandsOptions> options, TimeProvider time, ILogger<ExpirySweep> log)
    : PeriodicWork(options.Value.ExpirySweepInterval, "Overdue commands could not be ended", time, log)
{
    // A backlog larger than this goes on at the next interval, so that devices get their turn at the database.
    private const int RoundsMax = 10;

    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        for (var round = 0; round < RoundsMax; round++)
        {
            var outcome = await store.SweepAsync(Time.GetMicroseconds(), cancellationToken);
            metrics.Stepped(outcome.Steps);
            foreach (var hint in outcome.Woken)
            {
                signals.Raise(hint);
            }

            var expired = outcome.Steps.Count(step => step.Command.State == CommandState.Expired);
            if (outcome.Steps.Count > 0)
            {
                LogSwept(expired, outcome.Woken.Count);
            }

            if (!outcome.More)
            {
                return;
            }
        }
    }

    protected override Task RoundAsync(CancellationToken ct) => SweepAsync(ct);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Expired} commands expired; commands wait again for {Devices} devices that sent no receipt")]
    private partial void LogSwept(int expired, int devices);
}
