using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Configuration, for operators.</summary>
internal static class OperatorConfigEndpoints
{
    private static readonly TimeSpan UnsignedRetryAfter = TimeSpan.FromMinutes(1);

    public static void MapOperatorConfig(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("").RequireNamedDevice();
        group.MapGet(Routes.DeviceConfig, ReadAsync).WithName("GetConfig").WithSummary("A device's configuration: desired and reported").RequireFleetRead();
        group.MapPatch(Routes.DeviceConfig, PatchAsync).WithName("PatchConfig").WithSummary("Writes several keys at once, all or none").RequireFleetWrite();
        group.MapGet(Routes.DeviceConfigKey, GetAsync).WithName("GetConfigKey").WithSummary("One key: desired and reported").RequireFleetRead();
        group.MapPut(Routes.DeviceConfigKey, PutAsync).WithName("PutConfigKey").WithSummary("Writes a configuration key").RequireFleetWrite();
        group.MapDelete(Routes.DeviceConfigKey, DeleteAsync).WithName("DeleteConfigKey").WithSummary("Deletes a configuration key").RequireFleetWrite();
    }

    private static async Task<Ok<ConfigDocument>> ReadAsync(NamedDevice device, ConfigStore store, CancellationToken ct) =>
        TypedResults.Ok(await store.ReadAsync(device.Id, ct));

    private static async Task<Results<Ok<ConfigView>, ProblemResult>> GetAsync(string key, NamedDevice device, ConfigStore store, CancellationToken ct) =>
        await store.FindAsync(device.Id, key, ct) is { } view ? TypedResults.Ok(view) : NotFound(device, key);

    private static async Task<Results<Ok<ConfigView>, ProblemResult>> PutAsync(
        string key,
        ConfigWrite write,
        NamedDevice device,
        ConfigStore store,
        FleetAuthority authority,
        DeviceSignals signals,
        CommandsMetrics metrics,
        TimeProvider time,
        CancellationToken ct)
    {
        var errors = ConfigMessageRules.Check(key, write);
        JsonValue? value = write.Value;
        if (ConfigDecision.IsReserved(key) && !errors.Any)
        {
            errors.Add("value", SealedConfig.Check(key, write.Value));
            // Before the transaction, which may run more than once: no two signatures are the same.
            value = SealedConfig.Seal(authority, device.Id, key, write.Value);
            errors.Add("value", value is { } stored ? SealedConfig.CheckSize(stored) : null);
        }

        if (errors.Any)
        {
            return errors.ToResult();
        }

        if (value is null)
        {
            return Unsigned();
        }

        return await store.WriteAsync(device.Id, key, value, write.ExpectedVersion, time.GetMicroseconds(), ct, write.Health) switch
        {
            KeyWritten written => TypedResults.Ok(Announce(device, written, signals, metrics).View),
            VersionTaken taken => ProblemTypes.VersionConflict.With(
                $"The key has version {taken.Version}, not {write.ExpectedVersion}. Read it again and decide what to write.").ToResult(),
            WriteRefused refused => refused.Errors.ToResult(),
            _ => throw new InvalidOperationException("Unknown outcome."),
        };
    }

    private static async Task<Results<Ok<ConfigDocument>, ProblemResult>> PatchAsync(
        ConfigPatch patch,
        NamedDevice device,
        ConfigStore store,
        FleetAuthority authority,
        DeviceSignals signals,
        CommandsMetrics metrics,
        TimeProvider time,
        CancellationToken ct)
    {
        var errors = ConfigMessageRules.Check(patch);
        if (errors.Any)
        {
            return errors.ToResult();
        }

        if (SealedConfig.SealAll(authority, device.Id, patch.Values, errors) is not { } values)
        {
            return Unsigned();
        }

        if (errors.Any)
        {
            return errors.ToResult();
        }

        var (outcome, document) = await store.WriteAllAsync(device.Id, values, patch.ExpectedVersion, patch.Health, time.GetMicroseconds(), ct);
        switch (outcome)
        {
            case KeyWritten written:
                Announce(device, written, signals, metrics);
                return TypedResults.Ok(document);
            case KeyUnchanged:
                return TypedResults.Ok(document);
            case VersionTaken taken:
                return ProblemTypes.VersionConflict.With(
                    $"The configuration has version {taken.Version}, not {patch.ExpectedVersion}. Read it again and decide what to write.").ToResult();
            case WriteRefused refused:
                return refused.Errors.ToResult();
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private static async Task<Results<NoContent, ProblemResult>> DeleteAsync(
        string key, NamedDevice device, ConfigStore store, DeviceSignals signals, CommandsMetrics metrics, TimeProvider time, CancellationToken ct)
    {
        switch (await store.WriteAsync(device.Id, key, null, null, time.GetMicroseconds(), ct))
        {
            case KeyWritten written:
                Announce(device, written, signals, metrics);
                return TypedResults.NoContent();
            case KeyUnchanged:
                return TypedResults.NoContent();
            case KeyMissing:
                return NotFound(device, key);
            case WriteRefused refused:
                return refused.Errors.ToResult();
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private static KeyWritten Announce(NamedDevice device, KeyWritten written, DeviceSignals signals, CommandsMetrics metrics)
    {
        signals.Raise(new DeviceHint(device.Id, written.IntentVersion));
        metrics.ConfigWritten("operator", written.Keys);
        return written;
    }

    private static ProblemResult Unsigned() =>
        ProblemTypes.Unavailable.With("The time of the fleet's issuing CA is over, and nothing can be signed; an operator sets another one.").ToResult(UnsignedRetryAfter);

    private static ProblemResult NotFound(NamedDevice device, string key) =>
        ProblemTypes.NotFound.With($"Device {device.Id} has no configuration key '{key}'.").ToResult();
}
