using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>A certificate that the gateway can show, with its key and the intermediates behind it.</summary>
internal sealed class ServerIdentity
{
    private readonly byte[] _chain;

    private ServerIdentity(X509Certificate2 certificate, X509Certificate2Collection intermediates)
    {
        X509Certificate2[] chain = [certificate, .. intermediates];
        _chain = [.. chain.SelectMany(link => link.RawData)];
        BeginsAt = chain.Max(link => new DateTimeOffset(link.NotBefore));
        EndsAt = chain.Min(link => new DateTimeOffset(link.NotAfter));
        Subject = certificate.Subject;
        Pin = PinSet.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Tls = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
    }

    /// <summary>For handshakes.</summary>
    public SslStreamCertificateContext Tls { get; }

    public string Subject { get; }

    /// <summary>Its key, as devices are told of it.</summary>
    public string Pin { get; }

    /// <summary>When the last of the chain begins.</summary>
    public DateTimeOffset BeginsAt { get; }

    /// <summary>When the first of the chain ends.</summary>
    public DateTimeOffset EndsAt { get; }

    /// <exception cref="UnusableFileException">A file cannot be read, or they do not belong together.</exception>
    public static ServerIdentity Read(string certificatePath, string keyPath)
    {
        var (certificate, intermediates) = CertificateFiles.LoadServer(certificatePath, keyPath);
        return new ServerIdentity(certificate, intermediates);
    }

    public bool IsValid(DateTimeOffset now) => BeginsAt <= now && now < EndsAt;

    public bool Shows(ServerIdentity other) => _chain.AsSpan().SequenceEqual(other._chain);
}
