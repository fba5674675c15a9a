using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Remembers what certificates say, because building a chain costs about 200 us and devices come back. Bounded: two generations, the older is forgotten.</summary>
internal sealed class CertificateVerdicts(GatewayCertificates trusted, IOptions<GatewayOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly int _generationMax = options.Value.VerdictsMax / 2;
    private readonly Lock _lock = new();
    private Dictionary<Digest, Verdict> _young = [];
    private Dictionary<Digest, Verdict> _old = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _young.Count + _old.Count;
            }
        }
    }

    /// <summary>What the certificate says; null when it is not of this fleet. That is not remembered: whoever sends such certificates pays for each.</summary>
    public DeviceCertificate? Of(X509Certificate2 certificate, X509Certificate2Collection sent)
    {
        var key = new Digest(certificate.GetCertHash(HashAlgorithmName.SHA256));
        var now = time.GetUtcNow();
        if (Find(key, now) is { } known)
        {
            return known;
        }

        var read = CertificateRules.Read(certificate, sent, trusted, now);
        if (read is not null)
        {
            Remember(key, new Verdict(read, now + Lifetime));
        }

        return read;
    }

    private DeviceCertificate? Find(Digest key, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_young.TryGetValue(key, out var verdict) && _old.Remove(key, out verdict) && verdict.Expires > now)
            {
                Add(key, verdict);
            }

            return verdict?.Expires > now ? verdict.Certificate : null;
        }
    }

    private void Remember(Digest key, Verdict verdict)
    {
        lock (_lock)
        {
            Add(key, verdict);
        }
    }

    private void Add(Digest key, Verdict verdict)
    {
        if (_young.Count >= _generationMax && !_young.ContainsKey(key))
        {
            (_old, _young) = (_young, []);
        }

        _young[key] = verdict;
    }

    private sealed record Verdict(DeviceCertificate Certificate, DateTimeOffset Expires);
}
