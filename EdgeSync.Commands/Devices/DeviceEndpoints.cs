using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>The fleet registry, for operators.</summary>
internal static class DeviceEndpoints
{
    public static void MapDevices(this IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.Devices, RegisterAsync).WithName("RegisterDevices").WithSummary("Registers devices, or gives them new names and labels").RequireFleetWrite();
        app.MapGet(Routes.Devices, ListAsync).WithName("ListDevices").WithSummary("The fleet, or whom a selector names").RequireFleetRead();
        app.MapGet(Routes.Device, Get).WithName("GetDevice").WithSummary("One device").RequireNamedDevice().RequireFleetRead();
    }

    private static async Task<Results<NoContent, ProblemResult>> RegisterAsync(
        DeviceRegistrations registrations, DeviceStore store, TimeProvider time, CancellationToken ct)
    {
        if (DeviceRules.Check(registrations) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        await store.RegisterAsync(registrations.Devices, time.GetMicroseconds(), ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<Page<DeviceView>>, ProblemResult>> ListAsync(
        string? after, string? limit, string? selector, DeviceStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        var last = Paging.ReadAfter<DeviceId>(after, DeviceId.TryParse, "a device id", errors);
        LabelSelector? named = null;
        errors.Add("selector", selector is null || LabelSelector.TryParse(selector, out named, out var error) ? null : error);
        return errors.Any ? errors.ToResult()
            : TypedResults.Ok(named is null ? await store.ListAsync(last, most, ct) : await store.ListAsync(named, last, most, ct));
    }

    private static Ok<DeviceView> Get(NamedDevice device) => TypedResults.Ok(device.View!);
}
