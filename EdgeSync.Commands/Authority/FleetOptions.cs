using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Configuration section <c>Fleet</c>: what certificates of devices and statements of the fleet are signed with. Keys are ECDSA; no record, so that no log writes the password out.</summary>
public sealed class FleetOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Fleet";

    /// <summary>The issuing CA, PEM: its certificate, then the intermediates above it. The root may be among them.</summary>
    public string IssuingCertificatePath { get; init; } = "";

    /// <summary>The issuing CA's key, PEM (PKCS#8 or SEC 1), P-256 or P-384.</summary>
    public string IssuingKeyPath { get; init; } = "";

    /// <summary>In place of both: PKCS#12 with the issuing CA, its key and the intermediates.</summary>
    public string IssuingPkcs12Path { get; init; } = "";

    /// <summary>Its password.</summary>
    public string IssuingPkcs12Password { get; init; } = "";

    /// <summary>Who signs statements, PEM: a certificate for documentSigning, then the intermediates above it. Needed where the issuing CA is elsewhere; else one is made at each start.</summary>
    public string SignerCertificatePath { get; init; } = "";

    /// <summary>The signer's key, PEM, P-256.</summary>
    public string SignerKeyPath { get; init; } = "";

    /// <summary>How long a device's certificate is valid, 10 seconds to 825 days; never longer than the issuing CA's.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The gateway's keys that devices accept, those in use and those that come next: at most 8 of <c>sha256/</c> and base64. None: devices are told of none.</summary>
    public IReadOnlyList<string> GatewayPins { get; init; } = [];
}

/// <summary>Says at start what is wrong with the options and with the files that they name.</summary>
internal sealed class FleetOptionsValidator(TimeProvider time) : IValidateOptions<FleetOptions>
{
    public static readonly TimeSpan LifetimeMin = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromDays(825);

    public ValidateOptionsResult Validate(string? name, FleetOptions options)
    {
        var errors = new List<string>();
        using var files = FleetFiles.Load(options, time.GetUtcNow(), errors);
        Require(
            options.CertificateLifetime >= LifetimeMin && options.CertificateLifetime <= LifetimeMax,
            $"Set {FleetOptions.Section}:{nameof(options.CertificateLifetime)} to a value from {LifetimeMin} to {LifetimeMax}; it is {options.CertificateLifetime}.");
        Require(
            options.GatewayPins.Count <= PinSet.PinsMax,
            $"Set {FleetOptions.Section}:{nameof(options.GatewayPins)} to at most {PinSet.PinsMax} pins; there are {options.GatewayPins.Count}.");
        foreach (var (i, pin) in options.GatewayPins.Index())
        {
            Require(PinSet.IsPin(pin), $"Set {FleetOptions.Section}:{nameof(options.GatewayPins)}:{i} to 'sha256/' and the base64 of a key's SHA-256; it is '{pin}'.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Require(bool holds, string sentence)
        {
            if (!holds)
            {
                errors.Add(sentence);
            }
        }
    }
}
