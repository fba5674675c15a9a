using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>A device whose certificate is of the fleet but not good is told why, in place of a handshake that breaks without a word.</summary>
internal static class DeviceAdmission
{
    public static void UseDeviceAdmission(this WebApplication app)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        var options = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        app.Use((context, next) => GatewayConnection.Of(context).Certificate is { } certificate && Refuse(context, certificate, options, time.GetUtcNow()) is { } refusal
            ? refusal.ToResult().ExecuteAsync(context)
            : next(context));
    }

    private static Problem? Refuse(HttpContext context, DeviceCertificate certificate, GatewayOptions options, DateTimeOffset now)
    {
        var grace = RouteGate.PolicyOf(context)?.Access is RouteAccess.Renewal ? options.RenewalGrace : TimeSpan.Zero;
        return certificate.Refuse(now, options.CertificateSkew, grace);
    }
}
