using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>How the fleet is, for operators.</summary>
internal static class FleetEndpoints
{
    private const string SearchError = "A search has 1 to 128 characters of a name or an id.";
    private const string ReasonError = "A reason is a reason code of 1 to 64 characters.";
    private const int HoursMax = 24;
    private const long HourMicroseconds = 3_600L * 1_000_000;
    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(5);

    public static void MapFleet(this IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.Fleet, GetAsync).WithName("GetFleet").WithSummary("How the fleet, or what a selector names of it, is").RequireFleetRead();
        app.MapGet(Routes.FleetDevices, ListAsync).WithName("ListFleetDevices").WithSummary("The fleet's devices by how they are").RequireFleetRead();
        app.MapGet(Routes.FleetMap, GetMapAsync).WithName("GetFleetMap").WithSummary("Every device with how it is, for a picture of the fleet").RequireFleetRead();
        app.MapGet(Routes.FleetHistory, GetHistoryAsync).WithName("GetFleetHistory").WithSummary("The fleet's last hours, a sample a minute").RequireFleetRead();
        app.MapGet(Routes.FleetEvents, Watch).WithName("WatchFleet").WithSummary("How the fleet is and what changes, as events").RequireFleetRead();
        app.MapGet(Routes.DeviceHistory, GetDeviceHistoryAsync).WithName("GetDeviceHistory").WithSummary("A device's last six hours, and what comes of them").RequireNamedDevice().RequireFleetRead();
    }

    private static async Task<Results<Ok<FleetStatus>, ProblemResult>> GetAsync(string? selector, FleetWatch watch, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var named = ReadSelector(selector, errors);
        return errors.Any ? errors.ToResult() : TypedResults.Ok((await watch.ReadAsync(ct)).Status(named));
    }

    private static async Task<Results<Ok<Page<FleetDevice>>, ProblemResult>> ListAsync(
        string? health, string? reason, string? search, string? selector, string? order, string? after, string? limit, FleetWatch watch, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var filter = new FleetFilter(
            Paging.ReadWord<DeviceHealth>("health", health, "A device's health is one of:", errors), reason, search, ReadSelector(selector, errors),
            Paging.ReadWord<FleetOrder>("order", order, "An order is one of:", errors) ?? FleetOrder.Device);
        errors.Add("reason", reason is null or { Length: >= 1 and <= 64 } ? null : ReasonError);
        errors.Add("search", search is null or { Length: >= 1 and <= 128 } ? null : SearchError);
        var most = Paging.ReadLimit(limit, errors);
        var cursor = Paging.ReadAfter<FleetCursor>(after, FleetCursor.TryParse, "a place in the list", errors);
        return errors.Any ? errors.ToResult() : TypedResults.Ok((await watch.ReadAsync(ct)).Devices(filter, cursor, most));
    }

    private static async Task<Ok<FleetMap>> GetMapAsync(FleetWatch watch, CancellationToken ct) => TypedResults.Ok((await watch.ReadAsync(ct)).Map);

    private static async Task<Results<Ok<FleetHistory>, ProblemResult>> GetHistoryAsync(string? hours, FleetHistoryStore store, TimeProvider time, CancellationToken ct)
    {
        var back = 1;
        return hours is not null && (!int.TryParse(hours, NumberStyles.None, CultureInfo.InvariantCulture, out back) || back is < 1 or > HoursMax)
            ? FieldErrors.Refuse("hours", $"Hours are 1 to {HoursMax}.")
            : TypedResults.Ok(new FleetHistory(await store.ReadAsync(time.GetMicroseconds() - (back * HourMicroseconds), ct)));
    }

    private static IResult Watch(FleetWatch watch) => watch.TryWatch() is { } watcher
        ? new FleetStream(watcher)
        : ProblemTypes.Overloaded.With("Too many watch the fleet here. Ask for its status now and then until there is room.").ToResult(BusyRetryAfter);

    private static async Task<Ok<DeviceHistory>> GetDeviceHistoryAsync(NamedDevice device, FleetStore store, TimeProvider time, CancellationToken ct)
    {
        const int Hours = 6;
        var (rows, now) = await store.ReadHistoryAsync(device.Id, time.GetMicroseconds() - (Hours * HourMicroseconds), ct);
        var samples = rows.ConvertAll(row => row.ToView());
        if (now is { LastSeenAt: { } seen, Reason: { } reason } && (samples.Count == 0 || seen > samples[^1].At))
        {
            samples.Add(new DeviceSample(seen, reason, now.PendingRecords ?? 0, now.PendingBytes ?? 0, now.OldestPendingAt, now.DiskFreeBytes, now.DatabaseBytes));
        }

        return TypedResults.Ok(new DeviceHistory(
            samples, BacklogForecast.EmptyAt(samples.Select(sample => (sample.At, sample.PendingRecords))), BacklogForecast.FullAt(samples, now?.DatabaseBytesMax)));
    }

    private static LabelSelector? ReadSelector(string? text, FieldErrors errors)
    {
        LabelSelector? selector = null;
        errors.Add("selector", text is null || LabelSelector.TryParse(text, out selector, out var error) ? null : error);
        return selector;
    }
}
