using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Ingest;

internal static class SyncStatusEndpoints
{
    public static void MapSyncStatus(this IEndpointRouteBuilder app) =>
        app.MapGet(Routes.DeviceSync, Get).WithName("GetDeviceSync");

    private static Results<Ok<DeviceSyncStatus>, ProblemResult> Get(string device, SyncStatusStore store)
    {
        if (!DeviceId.TryParse(device, out var id))
        {
            const string Error = "A device id is a UUID with hyphens.";
            return (ProblemTypes.Validation.With(Error) with { Errors = new() { ["device"] = Error } }).ToResult();
        }

        return store.Read(id) is { } status
            ? TypedResults.Ok(status)
            : ProblemTypes.NotFound.With($"The device {id} has sent neither telemetry nor a heartbeat yet.").ToResult();
    }
}
