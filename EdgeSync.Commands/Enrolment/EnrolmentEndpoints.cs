using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Certificates, for devices: the first one for an enrolment token, the next ones for the one before.</summary>
internal static class EnrolmentEndpoints
{
    public static void MapEnrolment(this IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.Enrolment, EnrolAsync).WithName("Enrol").WithSummary("Issues a certificate for an enrolment token").AllowAnyone("The body carries the secret of an enrolment token.");
        app.MapPost(Routes.Certificates, RenewAsync).WithName("RenewCertificate").WithSummary("Issues the certificate that follows the one of the connection").RequireActiveRenewal();
    }

    private static async Task<Results<Ok<IssuedCertificate>, ProblemResult>> EnrolAsync(
        EnrolmentRequest request, EnrolmentTokenStore tokens, EnrolmentStore store, CertificateDesk desk, CommandsMetrics metrics, TimeProvider time, CancellationToken ct)
    {
        var errors = EnrolmentTokenRules.Check(request);
        var key = CertificateRequests.ReadKey(request.CertificateRequest, out var error);
        errors.Add("certificateRequest", error);
        if (errors.Any)
        {
            return errors.ToResult();
        }

        var secretHash = EnrolmentTokenEndpoints.HashOf(request.Secret);
        if (!await tokens.ExistsAsync(secretHash, ct))
        {
            return EnrolmentDecision.Decide(request.Device, null, default, 0).Refusal!.ToResult();
        }

        var now = time.GetUtcNow();
        return await desk.IssueAsync(
            request.Device,
            key!,
            now,
            certificate => store.EnrolAsync(request.Device, secretHash, request.Name ?? request.Device.ToString(), certificate, Microseconds.From(now), ct),
            () => metrics.CertificateIssued("enrolment"),
            ct);
    }

    private static async Task<Results<Ok<IssuedCertificate>, ProblemResult>> RenewAsync(
        RenewalRequest request, DeviceIdentity device, EnrolmentStore store, CertificateDesk desk, CommandsMetrics metrics, TimeProvider time, CancellationToken ct)
    {
        var key = CertificateRequests.ReadKey(request.CertificateRequest, out var error);
        if (key is null)
        {
            var errors = new FieldErrors();
            errors.Add("certificateRequest", error);
            return errors.ToResult();
        }

        var now = time.GetUtcNow();
        return await desk.IssueAsync(
            device.Id, key, now, certificate => store.RenewAsync(device.Id, certificate, Microseconds.From(now), ct), () => metrics.CertificateIssued("renewal"), ct);
    }
}
