using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Which devices may sync. The gateway refuses the same devices by its list; here the database itself is asked.</summary>
internal static class ActiveDeviceExtensions
{
    /// <summary>
    /// For devices' tokens; refuses devices that are not registered (403 <c>device-unknown</c>), were disabled (403 <c>device-disabled</c>) or quarantined (403 <c>device-quarantined</c>).
    /// The route takes a <see cref="DeviceIdentity"/>.
    /// </summary>
    public static TBuilder RequireActiveDevice<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireDevice().RefuseInactive();

    /// <summary>The same for devices that renew their certificate.</summary>
    public static TBuilder RequireActiveRenewal<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireRenewal().RefuseInactive();

    /// <summary>Why a device in this state may not go on; null for an active one.</summary>
    /// <param name="device">The device.</param>
    /// <param name="state">Its state; null for one that is not registered.</param>
    public static Problem? Refusal(DeviceId device, DeviceState? state) => state switch
    {
        DeviceState.Active => null,
        DeviceState.Disabled => ProblemTypes.DeviceDisabled.With($"Device {device} was disabled by an operator."),
        DeviceState.Quarantined => ProblemTypes.DeviceQuarantined.With(
            $"Two machines have used the identity of device {device} at once. An operator finds out which is the device, and sets its state to active."),
        _ => ProblemTypes.DeviceUnknown.With($"Device {device} is not registered. It enrols with POST {Routes.Enrolment}, or an operator registers it with POST {Routes.Devices}."),
    };

    private static TBuilder RefuseInactive<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            var device = context.Arguments.OfType<DeviceIdentity>().Single().Id;
            var view = await http.RequestServices.GetRequiredService<DeviceLooks>().FindAsync(device, http.RequestAborted);
            return Refusal(device, view?.State) is { } problem ? problem.ToResult() : await next(context);
        });
}
