using System.Reflection;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>The registered device that an operator's path names. A parameter of this type needs a route with <see cref="NamedDeviceExtensions.RequireNamedDevice"/>.</summary>
/// <param name="View">The device; null for one that the filter will refuse.</param>
internal sealed record NamedDevice(DeviceView? View)
{
    public DeviceId Id => View?.Id ?? default;

    public static async ValueTask<NamedDevice?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        new(DeviceId.TryParse(context.Request.RouteValues["device"] as string, out var id)
            ? await context.RequestServices.GetRequiredService<DeviceLooks>().FindAsync(id, context.RequestAborted)
            : null);
}

internal static class NamedDeviceExtensions
{
    /// <summary>Refuses paths that name no registered device (404 <c>not-found</c>).</summary>
    public static TBuilder RequireNamedDevice<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) => context.Arguments.OfType<NamedDevice>().Single().View is null
            ? ProblemTypes.NotFound.With($"The path names no registered device. Register it with POST {Routes.Devices} first.").ToResult()
            : await next(context));
}
