using System.Text.Json.Serialization;
using k8s.Models;

namespace EdgeSync.Deploy.Tests;

/// <summary>cert-manager's Certificate, with the fields that are used here (cert-manager.io/v1).</summary>
public sealed class Certificate
{
    public const string Type = "cert-manager.io/v1/Certificate";

    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta? Metadata { get; set; }

    public CertificateSpec? Spec { get; set; }
}

public sealed class CertificateSpec
{
    public string? SecretName { get; set; }

    public string? CommonName { get; set; }

    [JsonPropertyName("isCA")]
    public bool? IsCA { get; set; }

    public string? Duration { get; set; }

    public string? RenewBefore { get; set; }

    public CertificateKey? PrivateKey { get; set; }

    public IList<string>? Usages { get; set; }

    public IList<string>? DnsNames { get; set; }

    public IList<string>? IpAddresses { get; set; }

    public CertificateIssuerRef? IssuerRef { get; set; }
}

public sealed class CertificateKey
{
    public string? Algorithm { get; set; }

    public int? Size { get; set; }

    public string? Encoding { get; set; }

    public string? RotationPolicy { get; set; }
}

public sealed class CertificateIssuerRef
{
    public string? Name { get; set; }

    public string? Kind { get; set; }
}

/// <summary>cert-manager's Issuer, with the fields that are used here.</summary>
public sealed class Issuer
{
    public const string Type = "cert-manager.io/v1/Issuer";

    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta? Metadata { get; set; }

    public IssuerSpec? Spec { get; set; }
}

public sealed class IssuerSpec
{
    public SelfSignedIssuer? SelfSigned { get; set; }

    [JsonPropertyName("ca")]
    public CaIssuer? Ca { get; set; }
}

public sealed class SelfSignedIssuer;

public sealed class CaIssuer
{
    public string? SecretName { get; set; }
}
