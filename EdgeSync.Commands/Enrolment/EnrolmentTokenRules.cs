using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What makes an enrolment token, an enrolment and a renewal acceptable.</summary>
internal static class EnrolmentTokenRules
{
    public const int DevicesMax = 100_000;

    private const long ExpirySecondsMin = 60;
    private const int SecretCharsMax = 256;

    private static readonly TimeSpan ExpiryMax = TimeSpan.FromDays(90);

    public static FieldErrors Check(CreateEnrolmentToken create)
    {
        var errors = new FieldErrors();
        errors.Add("devices", create.Devices is >= 1 and <= DevicesMax ? null : $"An enrolment token lets in 1 to {DevicesMax} devices.");
        errors.Add("expiresInSeconds", create.ExpiresInSeconds >= ExpirySecondsMin && create.ExpiresInSeconds <= (long)ExpiryMax.TotalSeconds ? null
            : $"An enrolment token is valid for {ExpirySecondsMin} to {(long)ExpiryMax.TotalSeconds} seconds.");
        errors.Add("labels", create.Labels is null ? null : DeviceRules.CheckLabels(create.Labels));
        errors.Add("device", create.Device is { Value: var id } && id == Guid.Empty ? "A device id is a UUID." : null);
        return errors;
    }

    public static FieldErrors Check(EnrolmentRequest request)
    {
        var errors = new FieldErrors();
        errors.Add("secret", request.Secret.Length is > 0 and <= SecretCharsMax ? null : $"A secret has 1 to {SecretCharsMax} characters.");
        errors.Add("device", request.Device.Value == Guid.Empty ? "A device id is a UUID." : null);
        errors.Add("name", request.Name is null ? null : DeviceRules.CheckName(request.Name));
        return errors;
    }
}
