using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>A device whose certificate is of the fleet but not good is told why, in place of a handshake that breaks without a word.</summary>
internal static class CertificateCheck
{
    public static void UseCertificateCheck(this WebApplication app)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        var register = app.Services.GetRequiredService<RevocationRegister>();
        var options = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        app.Use((context, next) =>
        {
            if (GatewayConnection.Of(context).Certificate is not { } certificate)
            {
                return next(context);
            }

            var grace = RouteGate.PolicyOf(context)?.Access is RouteAccess.Renewal ? options.RenewalGrace : TimeSpan.Zero;
            var refusal = certificate.Refuse(time.GetUtcNow(), options.CertificateSkew, grace)?.ToResult() ?? register.Refuse(certificate);
            return refusal is null ? next(context) : refusal.ExecuteAsync(context);
        });
    }
}
