using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>Which devices may sync.</summary>
internal static class ActiveDeviceExtensions
{
    /// <summary>Refuses devices that are not registered (403 <c>device-unknown</c>) or were disabled (403 <c>device-disabled</c>). The route takes a <see cref="DeviceIdentity"/>.</summary>
    public static TBuilder RequireActiveDevice<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireDevice().AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            var device = context.Arguments.OfType<DeviceIdentity>().Single().Id;
            var view = await http.RequestServices.GetRequiredService<DeviceStore>().FindAsync(device, http.RequestAborted);
            return view?.State switch
            {
                null => ProblemTypes.DeviceUnknown.With($"Device {device} is not registered. An operator registers it with POST {Routes.Devices}.").ToResult(),
                DeviceState.Disabled => ProblemTypes.DeviceDisabled.With($"Device {device} was disabled by an operator.").ToResult(),
                _ => await next(context),
            };
        });
}
