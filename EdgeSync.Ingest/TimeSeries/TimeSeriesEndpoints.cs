using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Ingest;

/// <summary>What a device has sent, for operators.</summary>
internal static class TimeSeriesEndpoints
{
    public static void MapTimeSeries(this IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.DeviceTelemetry, ReadRangeAsync).RequireFleetRead().WithName("ReadTelemetry").WithSummary("A device's stored readings in a span of its time");
        app.MapGet(Routes.DeviceTelemetryBuckets, ReadBucketsAsync).RequireFleetRead().WithName("ReadTelemetryBuckets").WithSummary("The same, downsampled");
        app.MapGet(Routes.DeviceLatest, ReadLatestAsync).RequireFleetRead().WithName("ReadLatest").WithSummary("The newest reading of each of a device's sensors");
    }

    private static async Task<Results<Ok<Page<ReadingView>>, ProblemResult>> ReadRangeAsync(
        string device, string? from, string? to, string? sensor, string? after, string? limit, TimeSeriesStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var id = TimeSeriesRules.ReadDevice(device, errors);
        var range = TimeSeriesRules.ReadRange(from, to, errors);
        var name = TimeSeriesRules.ReadSensor(sensor, errors);
        var most = Paging.ReadLimit(limit, errors);
        var cursor = ReadingCursor.Before(range.From);
        errors.Add("after", after is null || (ReadingCursor.TryParse(after, out cursor) && cursor.RecordedAt >= range.From) ? null : "'after' is the 'next' of the page before, of the same range.");
        if (errors.Any)
        {
            return errors.ToResult();
        }

        return await store.ReadRangeAsync(id, cursor, range.To, name, most, ct) is { } page ? TypedResults.Ok(page) : SyncStatusEndpoints.NeverSeen(id);
    }

    private static async Task<Results<Ok<Page<TelemetryBucket>>, ProblemResult>> ReadBucketsAsync(
        string device, string? from, string? to, string? width, string? sensor, TimeSeriesStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var id = TimeSeriesRules.ReadDevice(device, errors);
        var range = TimeSeriesRules.ReadRange(from, to, errors);
        var name = TimeSeriesRules.ReadSensor(sensor, errors);
        var length = TimeSeriesRules.ReadWidth(width, range, errors);
        if (errors.Any)
        {
            return errors.ToResult();
        }

        switch (await store.ReadBucketsAsync(id, range.From, range.To, length, name, ct))
        {
            case null:
                return SyncStatusEndpoints.NeverSeen(id);
            case { Count: > Limits.BucketItemsMax }:
                errors.Add("sensor", $"The range has more than {Limits.BucketItemsMax} buckets of all sensors together. Name one 'sensor', or ask for a larger 'width' or a shorter range.");
                return errors.ToResult();
            case var buckets:
                return TypedResults.Ok(new Page<TelemetryBucket>(buckets));
        }
    }

    private static async Task<Results<Ok<Page<ReadingView>>, ProblemResult>> ReadLatestAsync(
        string device, string? after, string? limit, TimeSeriesStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var id = TimeSeriesRules.ReadDevice(device, errors);
        var last = TimeSeriesRules.ReadAfter(after, errors);
        var most = Paging.ReadLimit(limit, errors);
        if (errors.Any)
        {
            return errors.ToResult();
        }

        return await store.ReadLatestAsync(id, last, most, ct) is { } page ? TypedResults.Ok(page) : SyncStatusEndpoints.NeverSeen(id);
    }
}
