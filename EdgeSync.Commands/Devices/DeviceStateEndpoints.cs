using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>What a device may do, for operators.</summary>
internal static class DeviceStateEndpoints
{
    public static void MapDeviceState(this IEndpointRouteBuilder app) =>
        app.MapPut(Routes.DeviceState, PutAsync).WithName("PutDeviceState").WithSummary("Says what a device may do").RequireNamedDevice().RequireFleetWrite();

    private static async Task<Results<Ok<DeviceView>, ProblemResult>> PutAsync(
        DeviceStateChange change, NamedDevice device, DeviceStateStore store, TimeProvider time, CancellationToken ct)
    {
        var errors = new FieldErrors();
        errors.Add("state", change.State is DeviceState.Active or DeviceState.Disabled ? null
            : $"A state to set is {Words.Of(DeviceState.Active)} or {Words.Of(DeviceState.Disabled)}; {Words.Of(DeviceState.Quarantined)} is the control plane's to set.");
        errors.Add("reason", DeviceRules.CheckReason(change.Reason));
        return errors.Any ? errors.ToResult()
            : await store.SetAsync(device.Id, change.State, change.Reason, time.GetMicroseconds(), ct) is { } view ? TypedResults.Ok(view)
            : ProblemTypes.NotFound.With("The device is registered no longer.").ToResult();
    }
}
