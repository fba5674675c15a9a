using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeSync.EdgeSimulator;

/// <summary>What happened in a world, line by line: the same seed and commit give the same lines, byte for byte. Kept as its SHA-256; written out where somebody wants to read it.</summary>
internal sealed class Trace(TextWriter? output) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Write(TimeSpan at, string who, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{at.TotalMilliseconds,12:F3} {who,-12} {what}\n");
        _hash.AppendData(Encoding.UTF8.GetBytes(line));
        output?.Write(line);
    }

    /// <summary>SHA-256 of the lines so far.</summary>
    public string Digest => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Names a body in few characters.</summary>
    public static string Name(byte[] body) => body.Length == 0 ? "-" : Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 6));

    public void Dispose() => _hash.Dispose();
}
