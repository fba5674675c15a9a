using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.Gateway;

/// <summary>Lists the files that hold lists.</summary>
internal static class CrlFolder
{
    private const int FilesMax = 64;
    private const long BytesMax = 32 * 1024 * 1024;

    /// <summary>A file, or those of a folder by name; at most 64 of 32 MiB.</summary>
    /// <exception cref="UnusableFileException">There is none, or too many.</exception>
    public static IReadOnlyList<ListedFile> List(string path)
    {
        try
        {
            FileInfo[] files = Directory.Exists(path) ? new DirectoryInfo(path).GetFiles() : [new FileInfo(path)];
            return files.Length <= FilesMax && files.All(file => file.Length <= BytesMax)
                ? [.. files.OrderBy(file => file.FullName, StringComparer.Ordinal).Select(ListedFile.Of)]
                : throw new UnusableFileException($"{CrlSet.Setting}: '{path}' holds too much. Give at most {FilesMax} files of {BytesMax / 1024 / 1024} MiB.");
        }
        catch (Exception e) when (UnusableFileException.IsOfFiles(e))
        {
            throw new UnusableFileException($"{CrlSet.Setting}: '{path}' cannot be opened. Give the path of {CrlSet.Wanted}. ({e.Message})", e);
        }
    }
}

/// <summary>All lists of revoked certificates of the operator's CA. Never changed, only replaced.</summary>
/// <param name="Files">What they were read from.</param>
/// <param name="Revoked">What any of them revokes.</param>
/// <param name="NextUpdates">When each should be replaced, by file.</param>
/// <param name="ReadFault">Why a change of the files could not be taken; null when there was none.</param>
internal sealed record CrlSet(
    IReadOnlyList<ListedFile> Files, IReadOnlySet<IssuedSerial> Revoked, IReadOnlyList<(string Path, DateTimeOffset At)> NextUpdates, string? ReadFault = null)
{
    public const string Setting = $"{RevocationOptions.Section}:{nameof(RevocationOptions.CrlPath)}";
    public const string Wanted = "a file with lists of revoked certificates (RFC 5280) in PEM, or one in DER, or a folder of such files";

    private const string PemLabel = "X509 CRL";

    public static CrlSet None { get; } = new([], new HashSet<IssuedSerial>(), []);

    /// <summary>Whether any of these is revoked.</summary>
    public bool Contains(IReadOnlyList<IssuedSerial> serials)
    {
        for (var i = 0; i < serials.Count; i++)
        {
            if (Revoked.Contains(serials[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What is wrong with the lists at a time; null when nothing is. What they revoke stays revoked all the same.</summary>
    public string? Fault(DateTimeOffset now) => ReadFault
        ?? NextUpdates.Where(next => next.At < now)
            .Select(next => $"{Setting}: the list in '{next.Path}' should have been replaced at {next.At:O}. Fetch the CA's newest one; certificates revoked since then still enter.")
            .FirstOrDefault();

    /// <summary>Reads all lists.</summary>
    /// <exception cref="UnusableFileException">One cannot be used; the message says which and why.</exception>
    public static CrlSet Read(string path, IReadOnlyList<ListedFile> files, IReadOnlyCollection<X509Certificate2> authorities)
    {
        var revoked = new HashSet<IssuedSerial>();
        var nextUpdates = new List<(string, DateTimeOffset)>();
        foreach (var file in files)
        {
            foreach (var list in ReadLists(file.Path, authorities))
            {
                revoked.UnionWith(list.Revoked);
                nextUpdates.Add((file.Path, list.NextUpdate));
            }
        }

        return nextUpdates.Count > 0
            ? new CrlSet(files, revoked, nextUpdates)
            : throw new UnusableFileException($"{Setting}: '{path}' holds no list. Give the path of {Wanted}, or none at all.");
    }

    private static List<CertificateRevocationList> ReadLists(string path, IReadOnlyCollection<X509Certificate2> authorities)
    {
        try
        {
            return [.. Ders(File.ReadAllBytes(path)).Select(der => CertificateRevocationList.Read(der, authorities))];
        }
        catch (CryptographicException e)
        {
            throw new UnusableFileException($"{Setting}: a list in '{path}' {e.Message}", e);
        }
        catch (Exception e) when (UnusableFileException.IsOfFiles(e))
        {
            throw new UnusableFileException($"{Setting}: '{path}' cannot be read. Give the path of {Wanted}. ({e.Message})", e);
        }
    }

    private static List<byte[]> Ders(byte[] content)
    {
        // DER begins with a SEQUENCE.
        if (content is [0x30, ..])
        {
            return [content];
        }

        var ders = new List<byte[]>();
        var text = System.Text.Encoding.ASCII.GetString(content).AsSpan();
        while (PemEncoding.TryFind(text, out var pem))
        {
            if (text[pem.Label].SequenceEqual(PemLabel))
            {
                ders.Add(Convert.FromBase64String(text[pem.Base64Data].ToString()));
            }

            text = text[pem.Location.End..];
        }

        return ders.Count > 0 ? ders : throw new CryptographicException($"cannot be read: the file is neither DER nor PEM with '{PemLabel}'.");
    }
}
