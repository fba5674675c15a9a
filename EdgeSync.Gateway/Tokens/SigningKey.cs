using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.Gateway;

/// <summary>One of the gateway's keys.</summary>
/// <param name="File">Where it is from.</param>
/// <param name="Private">To sign with.</param>
/// <param name="Public">To check with.</param>
/// <param name="PublishedAt">Since when services can have learned it.</param>
internal sealed record SigningKey(ListedFile File, ECDsaSecurityKey Private, ECDsaSecurityKey Public, DateTimeOffset PublishedAt)
{
    public string Id => File.Name;

    /// <summary>The key that signs: the last by name that has been published long enough; where none has, the first, which is the one that services are likeliest to know.</summary>
    /// <param name="keys">By name; at least one.</param>
    /// <param name="now">The gateway's time.</param>
    /// <param name="activation">How long a key is published before it signs.</param>
    public static SigningKey Choose(IReadOnlyList<SigningKey> keys, DateTimeOffset now, TimeSpan activation) =>
        keys.LastOrDefault(key => now - key.PublishedAt >= activation) ?? keys[0];
}

/// <summary>Reads the folder of keys.</summary>
internal static class SigningKeyFolder
{
    private const string Setting = $"{TokenOptions.Section}:{nameof(TokenOptions.SigningKeysPath)}";
    private const string Wanted = "a folder of private keys, PKCS#8 in PEM, EC P-256, a file NAME.pem each (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256)";
    private const int KeysMax = 16;
    private const int CurveBits = 256;

    /// <summary>All keys by name, each published since its file was written.</summary>
    /// <exception cref="UnusableFileException">There is none, or one cannot be used.</exception>
    public static IReadOnlyList<SigningKey> Read(string folder) => [.. List(folder).Select(file => Read(file, file.WrittenAt))];

    /// <summary>The files by name, 1 to 16.</summary>
    /// <exception cref="UnusableFileException">There is none, or the folder cannot be read.</exception>
    public static IReadOnlyList<ListedFile> List(string folder)
    {
        if (string.IsNullOrWhiteSpace(folder))
        {
            throw new UnusableFileException($"{Setting} is not set. Give the path of {Wanted}.");
        }

        try
        {
            ListedFile[] files =
            [
                .. new DirectoryInfo(folder).EnumerateFiles("*.pem")
                    .Select(ListedFile.Of)
                    .OrderBy(file => file.Name, StringComparer.Ordinal),
            ];
            return files.Length is > 0 and <= KeysMax
                ? files
                : throw new UnusableFileException($"{Setting}: '{folder}' holds {files.Length} keys. It must be {Wanted}, 1 to {KeysMax} of them.");
        }
        catch (Exception e) when (UnusableFileException.IsOfFiles(e))
        {
            throw new UnusableFileException($"{Setting}: '{folder}' cannot be read. Give the path of {Wanted}. ({e.Message})", e);
        }
    }

    /// <summary>One key.</summary>
    /// <exception cref="UnusableFileException">It cannot be used.</exception>
    public static SigningKey Read(ListedFile file, DateTimeOffset publishedAt)
    {
        try
        {
            var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(file.Path));
            var parameters = key.ExportParameters(includePrivateParameters: true);
            if (key.KeySize != CurveBits || parameters.Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                throw new UnusableFileException($"{Setting}: '{file.Path}' holds a key of another curve than P-256. It must be {Wanted}.");
            }

            var known = ECDsa.Create(new ECParameters { Curve = parameters.Curve, Q = parameters.Q });
            return new SigningKey(file, new ECDsaSecurityKey(key) { KeyId = file.Name }, new ECDsaSecurityKey(known) { KeyId = file.Name }, publishedAt);
        }
        catch (Exception e) when (UnusableFileException.IsOfFiles(e) || e is CryptographicException)
        {
            throw new UnusableFileException($"{Setting}: '{file.Path}' holds no private key that can be read. It must be {Wanted}. ({e.Message})", e);
        }
    }
}
