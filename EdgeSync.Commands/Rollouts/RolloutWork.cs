using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Goes on with every rollout that is not over. Any number of instances may do so at once, and any goes on with what another left.</summary>
internal sealed partial class RolloutWork(
    RolloutProgressStore store,
    FleetAuthority authority,
    DeviceSignals signals,
    CommandsMetrics metrics,
    IOptions<CommandsOptions> options,
    TimeProvider time,
    ILogger<RolloutWork> log)
    : PeriodicWork(options.Value.RolloutInterval, "Rollouts could not go on", time, log)
{
    private const int DevicesPerWrite = 100;
    private const int DevicesPerLook = 500;

    // What is left of a large stage goes on at the next interval, so that other rollouts and devices get their turn.
    private const int StepsMax = 20;

    // Where the last look at a rollout's devices ended.
    private Dictionary<RolloutId, DeviceId> _looked = [];

    /// <summary>One round.</summary>
    public async Task GoOnAsync(CancellationToken ct)
    {
        var open = await store.ReadOpenAsync(ct);
        _looked = _looked.Where(pair => open.Exists(row => row.Id == pair.Key)).ToDictionary();
        foreach (var row in open)
        {
            var last = await store.LearnAsync(row, _looked.GetValueOrDefault(row.Id), DevicesPerLook, Time.GetMicroseconds(), ct);
            _looked[row.Id] = last ?? default;
            if (row.State == Words.Of(RolloutState.Running))
            {
                await GoOnAsync(row.Id, ct);
            }
        }
    }

    protected override Task RoundAsync(CancellationToken ct) => GoOnAsync(ct);

    private async Task GoOnAsync(RolloutId id, CancellationToken ct)
    {
        for (var made = 0; made < StepsMax; made++)
        {
            if (await store.FindAsync(id, ct) is not { } row)
            {
                return;
            }

            var (now, rollout) = (Time.GetMicroseconds(), row.Rollout);
            var step = RolloutDecision.Next(rollout, row.Stand(await store.CountAsync(row, ct)), now);
            switch (step)
            {
                case RolloutWaits:
                    return;
                case RolloutWrites:
                    if (!await WriteAsync(row, rollout, now, ct))
                    {
                        return;
                    }

                    break;
                default:
                    if (await store.StepAsync(row, step, now, ct) && step is not RolloutSoaks)
                    {
                        LogStep(id, row.Stage, step);
                    }

                    break;
            }
        }
    }

    private async Task<bool> WriteAsync(RolloutRow row, CreateRollout rollout, long now, CancellationToken ct)
    {
        var devices = new List<(DeviceId, IReadOnlyDictionary<string, JsonValue?>)>(DevicesPerWrite);
        foreach (var device in await store.ReadWaitingAsync(row, DevicesPerWrite, ct))
        {
            if (SealedConfig.SealAll(authority, device, rollout.Values, new FieldErrors()) is not { } values)
            {
                LogUnsigned(row.Id);
                return false;
            }

            devices.Add((device, values));
        }

        var hints = await store.WriteAsync(row, devices, rollout.Health, now, ct);
        metrics.ConfigWritten("rollout", hints.Count * rollout.Values.Count);
        foreach (var hint in hints)
        {
            signals.Raise(hint);
        }

        return devices.Count > 0;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Rollout {Rollout}, stage {Stage}: {Step}")]
    private partial void LogStep(RolloutId rollout, int stage, RolloutStep step);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Rollout {Rollout} waits: the time of the fleet's issuing CA is over, and nothing can be signed")]
    private partial void LogUnsigned(RolloutId rollout);
}
