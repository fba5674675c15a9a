using System.Reflection;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Http;

namespace EdgeSync.ServiceDefaults;

/// <summary>The device that a request comes from, by its token. A parameter of this type needs a route with <see cref="Access.RequireDevice"/> or <see cref="Access.RequireRenewal"/>.</summary>
/// <param name="Id">The device.</param>
public sealed record DeviceIdentity(DeviceId Id)
{
    internal const string Claim = "device";

    /// <summary>Taken from the token that the route's policy has let through.</summary>
    /// <exception cref="InvalidOperationException">The route asks for no token.</exception>
    public static ValueTask<DeviceIdentity?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        return DeviceId.TryParse(context.User.FindFirst(Claim)?.Value, out var device)
            ? ValueTask.FromResult<DeviceIdentity?>(new DeviceIdentity(device))
            : throw new InvalidOperationException($"{context.Request.Path} takes a device, but its route asks for no device's token. Map it with RequireDevice().");
    }
}
