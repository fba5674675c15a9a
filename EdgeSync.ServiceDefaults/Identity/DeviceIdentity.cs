using System.Reflection;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EdgeSync.ServiceDefaults;

/// <summary>The device that a request comes from, as the gateway authenticated it. A parameter of this type needs a route in a group with <see cref="DeviceIdentityExtensions.RequireDevice"/>.</summary>
/// <param name="Id">The device.</param>
public sealed record DeviceIdentity(DeviceId Id)
{
    /// <summary>Taken from the request that <see cref="DeviceIdentityExtensions.RequireDevice"/> let through; empty for one that it will refuse.</summary>
    public static ValueTask<DeviceIdentity?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult<DeviceIdentity?>(new DeviceIdentity(Read(context.Request) ?? default));
    }

    internal static DeviceId? Read(HttpRequest request) =>
        request.Headers.TryGetValue(Headers.Device, out var values) && values is [{ } text] && DeviceId.TryParse(text, out var id) ? id : null;
}

/// <summary>Which routes are for devices.</summary>
public static class DeviceIdentityExtensions
{
    /// <summary>Refuses requests without a device identity (401 <c>identity-missing</c>). The gateway sets it from the client certificate and removes what a client sends.</summary>
    public static TBuilder RequireDevice<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) => DeviceIdentity.Read(context.HttpContext.Request) is null
            ? ProblemTypes.IdentityMissing.With("The request names no device. Send it through the gateway's device port, with the device's certificate.").ToResult()
            : await next(context));
}
