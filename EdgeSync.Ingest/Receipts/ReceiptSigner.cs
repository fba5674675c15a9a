using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Signs receipts by a key that is certified for nothing else.</summary>
internal sealed class ReceiptSigner : IDisposable
{
    private const string CertificateSetting = $"{ReceiptOptions.Section}:{nameof(ReceiptOptions.CertificatePath)}";
    private const string KeySetting = $"{ReceiptOptions.Section}:{nameof(ReceiptOptions.KeyPath)}";

    private readonly KeyedChain? _signer;
    private readonly TimeProvider _time;

    public ReceiptSigner(IOptions<ReceiptOptions> options, TimeProvider time)
    {
        var errors = new List<string>();
        _signer = Load(options.Value, errors);
        _time = time;
        if (errors.Count > 0)
        {
            // The files have changed since they were validated.
            throw new OptionsValidationException(ReceiptOptions.Section, typeof(ReceiptOptions), errors);
        }
    }

    /// <summary>The receipt as a statement; null where nothing can be signed: no key was given, or its certificate has expired.</summary>
    public string? Sign(DurabilityReceipt receipt)
    {
        var now = _time.GetUtcNow();
        return _signer is { } signer && signer.Certificate.NotBefore.ToUniversalTime() <= now.UtcDateTime && signer.Certificate.NotAfter.ToUniversalTime() > now.UtcDateTime
            ? FleetStatement.Sign(DurabilityReceipt.StatementType, JsonSerializer.SerializeToUtf8Bytes(receipt, ProtocolJson.Default.DurabilityReceipt), signer.Certificate, signer.Intermediates, now)
            : null;
    }

    public void Dispose() => _signer?.Dispose();

    /// <summary>Reads what the options name.</summary>
    /// <returns>Null where they name nothing, or something is wrong.</returns>
    public static KeyedChain? Load(ReceiptOptions options, ICollection<string> errors)
    {
        if (options is { CertificatePath: "", KeyPath: "" } || KeyedChain.ReadPem(CertificateSetting, options.CertificatePath, KeySetting, options.KeyPath, errors) is not { } signer)
        {
            return null;
        }

        if (Check(signer.Certificate) is { } error)
        {
            errors.Add(error);
            signer.Dispose();
            return null;
        }

        return signer;
    }

    private static string? Check(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPublicKey();
        return key is not { KeySize: 256 } ? $"Set {CertificateSetting} to a certificate with an ECDSA key on P-256; {certificate.Subject} has another kind."
            : FleetStatement.IsFor(certificate, DurabilityReceipt.SignerUsage) ? null
            : $"Set {CertificateSetting} to a certificate with the extended key usage {DurabilityReceipt.SignerUsage}; {certificate.Subject} is without it.";
    }
}
