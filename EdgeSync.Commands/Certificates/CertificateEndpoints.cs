using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Devices' certificates, for operators.</summary>
internal static class CertificateEndpoints
{
    public static void MapCertificates(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("").RequireNamedDevice();
        group.MapGet(Routes.DeviceCertificates, ListAsync).WithName("ListCertificates").WithSummary("A device's certificates").RequireFleetRead();
        group.MapPost(Routes.DeviceCertificateRevocation, RevokeAsync).WithName("RevokeCertificate").WithSummary("Revokes one of a device's certificates").RequireFleetWrite();
    }

    private static async Task<Results<Ok<Page<DeviceCertificateView>>, ProblemResult>> ListAsync(
        string? after, string? limit, NamedDevice device, CertificateStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        var cursor = CertificateCursor.Newest;
        errors.Add("after", after is null || CertificateCursor.TryParse(after, out cursor) ? null : "'after' is the 'next' of the page before.");
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.ListAsync(device.Id, cursor, most, ct));
    }

    private static async Task<Results<Ok<DeviceCertificateView>, ProblemResult>> RevokeAsync(
        string fingerprint, RevokeCertificate revoke, NamedDevice device, CertificateStore store, TimeProvider time, CancellationToken ct)
    {
        var errors = new FieldErrors();
        errors.Add("reason", DeviceRules.CheckReason(revoke.Reason));
        if (errors.Any)
        {
            return errors.ToResult();
        }

        return Digest.TryParse(fingerprint, out var digest) && await store.RevokeAsync(device.Id, digest, revoke.Reason, time.GetMicroseconds(), ct) is { } view
            ? TypedResults.Ok(view)
            : ProblemTypes.NotFound.With($"Device {device.Id} has no such certificate. GET {Routes.Devices}/{device.Id}/certificates lists them.").ToResult();
    }
}
