using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Signs receipts by a key that is certified for nothing else.</summary>
internal sealed class ReceiptSigner : IDisposable
{
    private const string CertificateSetting = $"{ReceiptOptions.Section}:{nameof(ReceiptOptions.CertificatePath)}";
    private const string KeySetting = $"{ReceiptOptions.Section}:{nameof(ReceiptOptions.KeyPath)}";

    private readonly KeyedCertificate? _signer;
    private readonly TimeProvider _time;

    public ReceiptSigner(IOptions<ReceiptOptions> options, TimeProvider time)
    {
        _signer = Load(options.Value, out var error);
        _time = time;
        if (error is not null)
        {
            // The files have changed since they were validated.
            throw new OptionsValidationException(ReceiptOptions.Section, typeof(ReceiptOptions), [error]);
        }
    }

    /// <summary>The receipt as a statement; null where nothing can be signed: no key was given, or its certificate has expired.</summary>
    public string? Sign(DurabilityReceipt receipt)
    {
        var now = _time.GetUtcNow();
        return _signer is { } signer && signer.Certificate.NotBefore.ToUniversalTime() <= now.UtcDateTime && signer.Certificate.NotAfter.ToUniversalTime() > now.UtcDateTime
            ? FleetStatement.Sign(DurabilityReceipt.StatementType, JsonSerializer.SerializeToUtf8Bytes(receipt, ProtocolJson.Default.DurabilityReceipt), signer.Certificate, signer.Above, now)
            : null;
    }

    public void Dispose() => _signer?.Dispose();

    /// <summary>Reads what the options name; null where they name nothing, or something is wrong.</summary>
    public static KeyedCertificate? Load(ReceiptOptions options, out string? error)
    {
        error = null;
        if (options is { CertificatePath: "", KeyPath: "" })
        {
            return null;
        }

        if (options.CertificatePath.Length == 0 || options.KeyPath.Length == 0)
        {
            error = $"Set {(options.CertificatePath.Length == 0 ? CertificateSetting : KeySetting)} too: a certificate and its key belong together.";
            return null;
        }

        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(options.CertificatePath);
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(options.KeyPath));
            error = Check(options, certificates, key);
            return error is null ? new KeyedCertificate(certificates[0].CopyWithPrivateKey(key), [.. certificates.Skip(1)]) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            error = $"Set {CertificateSetting} and {KeySetting} to PEM files that can be read, a certificate and its ECDSA key without a password: {e.Message.TrimEnd('.')}.";
            return null;
        }
    }

    private static string? Check(ReceiptOptions options, X509Certificate2Collection certificates, ECDsa key)
    {
        if (certificates.Count == 0)
        {
            return $"Set {CertificateSetting} to a file of PEM certificates; {options.CertificatePath} holds none.";
        }

        using var own = certificates[0].GetECDsaPublicKey();
        if (own is null || own.KeySize != 256 || !own.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            return $"Set {KeySetting} to the key of the first certificate of {options.CertificatePath}, ECDSA P-256; {options.KeyPath} holds another.";
        }

        return certificates[0].Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(usage => usage.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == DurabilityReceipt.SignerUsage))
            ? null
            : $"Set {CertificateSetting} to a certificate with the extended key usage {DurabilityReceipt.SignerUsage}; {certificates[0].Subject} is without it.";
    }

    /// <summary>A certificate with its key, and those between it and the root.</summary>
    internal sealed record KeyedCertificate(X509Certificate2 Certificate, IReadOnlyList<X509Certificate2> Above) : IDisposable
    {
        public void Dispose()
        {
            Certificate.Dispose();
            foreach (var certificate in Above)
            {
                certificate.Dispose();
            }
        }
    }
}
