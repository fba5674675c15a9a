using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.Gateway;

/// <summary>The URIs in a certificate's subject alternative name (RFC 5280, 4.2.1.6), which .NET's own type does not list.</summary>
internal static class SubjectAlternativeNames
{
    private const string Oid = "2.5.29.17";

    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>All of them; none when the extension is missing or cannot be read.</summary>
    public static IReadOnlyList<string> Uris(X509Certificate2 certificate)
    {
        try
        {
            return [.. certificate.Extensions.Where(extension => extension.Oid?.Value == Oid).SelectMany(extension => Uris(extension.RawData))];
        }
        catch (AsnContentException)
        {
            return [];
        }
    }

    private static List<string> Uris(byte[] extension)
    {
        var uris = new List<string>();
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            if (names.PeekTag().HasSameClassAndValue(UriTag))
            {
                uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
            }
            else
            {
                names.ReadEncodedValue();
            }
        }

        return uris;
    }
}
