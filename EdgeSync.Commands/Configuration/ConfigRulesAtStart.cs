using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Offers the rules of the settings to the fleet when the service starts: those with a higher version than the fleet's are set.</summary>
internal sealed partial class ConfigRulesAtStart(ConfigRuleStore store, IOptions<CommandsOptions> options, TimeProvider time, ILogger<ConfigRulesAtStart> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var ours = options.Value.ToRuleSet();
        var held = await store.OfferAsync(ours, time.GetMicroseconds(), cancellationToken);
        if (held.Version != ours.Version || !held.Patterns.SequenceEqual(ours.Patterns))
        {
            LogIgnored(ours.Version, held.Version);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "The configuration rules of the settings (version {Ours}) do not hold: the fleet has version {Held}, set at run time or by other settings")]
    private partial void LogIgnored(int ours, int held);
}
