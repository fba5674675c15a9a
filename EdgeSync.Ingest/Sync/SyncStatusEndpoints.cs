using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Ingest;

internal static class SyncStatusEndpoints
{
    public static void MapSyncStatus(this IEndpointRouteBuilder app) =>
        app.MapGet(Routes.DeviceSync, GetAsync).RequireFleetRead().WithName("GetDeviceSync").WithSummary("How a device's sync stands");

    private static async Task<Results<Ok<DeviceSyncStatus>, ProblemResult>> GetAsync(
        string device, SyncStatusStore store, TimeProvider time, CancellationToken ct)
    {
        if (!DeviceId.TryParse(device, out var id))
        {
            return FieldErrors.Refuse("device", "A device id is a UUID with hyphens.");
        }

        return await store.ReadAsync(id, ct) is { } status
            ? TypedResults.Ok(status with { SilentSince = status.LastSeenAt is { } at && Silence.Is(at, status.Heartbeat?.IntervalMilliseconds, time.GetMicroseconds()) ? at : null })
            : NeverSeen(id);
    }

    /// <summary>For every question about a device of which nothing has come.</summary>
    public static ProblemResult NeverSeen(DeviceId device) =>
        ProblemTypes.NotFound.With($"The device {device} has sent neither telemetry nor a heartbeat yet.").ToResult();
}
