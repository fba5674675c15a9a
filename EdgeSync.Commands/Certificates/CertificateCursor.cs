using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>A place in a device's certificates, newest first; written <c>ISSUED_AT.FINGERPRINT</c>.</summary>
internal readonly record struct CertificateCursor(long IssuedAt, Digest Fingerprint)
{
    public static readonly CertificateCursor Newest = new(long.MaxValue, default);

    public static bool TryParse(string? text, out CertificateCursor cursor)
    {
        cursor = Newest;
        if (text?.Split('.') is not [var time, var hash]
            || !long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var issuedAt)
            || !Digest.TryParse(hash, out var fingerprint))
        {
            return false;
        }

        cursor = new CertificateCursor(issuedAt, fingerprint);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{IssuedAt}.{Fingerprint}");
}
