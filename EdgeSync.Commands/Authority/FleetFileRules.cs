using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What makes an issuing CA and a signer of statements usable. Pure.</summary>
internal static class FleetFileRules
{
    // A statement carries its signer and what is between it and the root, FleetStatement reads four: the signer that is made here comes before the issuing CA.
    private const int IssuingAndAboveMax = 3;
    private const int SignerAndAboveMax = 4;

    public static void CheckIssuing(string setting, KeyedChain issuing, bool signsStatements, DateTimeOffset now, ICollection<string> errors)
    {
        var certificate = issuing.Certificate;
        Require(
            errors,
            certificate.Extensions.OfType<X509BasicConstraintsExtension>().SingleOrDefault() is { CertificateAuthority: true },
            $"Set {setting} to a CA; {certificate.Subject} is none (basic constraints).");
        Require(
            errors,
            (certificate.Extensions.OfType<X509KeyUsageExtension>().SingleOrDefault()?.KeyUsages ?? X509KeyUsageFlags.KeyCertSign).HasFlag(X509KeyUsageFlags.KeyCertSign),
            $"Set {setting} to a CA that may sign certificates; {certificate.Subject} may not (key usage).");
        Require(errors, EcKeys.IsOn(certificate.PublicKey, EcKeys.P256) || EcKeys.IsOn(certificate.PublicKey, EcKeys.P384), $"Set {setting} to a CA with an ECDSA key on P-256 or P-384; {certificate.Subject} has another kind.");
        foreach (var usage in signsStatements ? new[] { FleetTrust.ClientAuthentication, FleetStatement.SignerUsage } : [FleetTrust.ClientAuthentication])
        {
            Require(errors, Allows(certificate, usage, whenNothingIsSaid: true), $"Set {setting} to a CA for certificates of usage {usage}; {certificate.Subject} is limited to others (extended key usage).");
        }

        CheckChain(setting, issuing, IssuingAndAboveMax, now, errors);
    }

    public static void CheckSigner(string setting, KeyedChain signer, DateTimeOffset now, ICollection<string> errors)
    {
        var certificate = signer.Certificate;
        Require(
            errors,
            Allows(certificate, FleetStatement.SignerUsage, whenNothingIsSaid: false),
            $"Set {setting} to a certificate with the extended key usage documentSigning ({FleetStatement.SignerUsage}); {certificate.Subject} is without it.");
        Require(errors, EcKeys.IsOn(certificate.PublicKey, EcKeys.P256), $"Set {setting} to a certificate with an ECDSA key on P-256; {certificate.Subject} has another kind.");
        CheckChain(setting, signer, SignerAndAboveMax, now, errors);
    }

    private static void CheckChain(string setting, KeyedChain chain, int most, DateTimeOffset now, ICollection<string> errors)
    {
        X509Certificate2[] certificates = [chain.Certificate, .. chain.Intermediates];
        Require(errors, certificates.Length <= most, $"Set {setting} to a file with at most {most} certificates below the root; there are {certificates.Length}.");
        foreach (var certificate in certificates)
        {
            Require(
                errors,
                certificate.NotBefore.ToUniversalTime() <= now.UtcDateTime && certificate.NotAfter.ToUniversalTime() > now.UtcDateTime,
                $"Set {setting} to certificates that are valid now; {certificate.Subject} is valid from {certificate.NotBefore.ToUniversalTime():O} to {certificate.NotAfter.ToUniversalTime():O}.");
        }

        foreach (var (issued, issuer) in certificates.Zip(certificates.Skip(1)))
        {
            Require(errors, KeyedChain.IsIssuer(issuer, issued), $"Set {setting} to certificates in order, each followed by its issuer; {issued.Subject} is followed by {issuer.Subject}.");
        }
    }

    private static bool Allows(X509Certificate2 certificate, string usage, bool whenNothingIsSaid) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SingleOrDefault() is { } usages
            ? usages.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == usage)
            : whenNothingIsSaid;

    private static void Require(ICollection<string> errors, bool holds, string sentence)
    {
        if (!holds)
        {
            errors.Add(sentence);
        }
    }
}
