using System.Security.Cryptography;
using System.Text;

namespace EdgeSync.Protocol;

/// <summary>
/// Says in one value which writes a configuration document includes: SHA-256 over a line <c>KEY VECTOR</c> for each key in ordinal order, deletion markers too, the vector as
/// <see cref="VersionVector.ToString"/> writes it, each line ended by a line feed. A document restored from a backup shows by it, whatever its version says.
/// </summary>
public static class ConfigDocumentHash
{
    /// <summary>The hash of a document's keys and vectors.</summary>
    public static Digest Of(IEnumerable<(string Key, VersionVector Vector)> entries)
    {
        var lines = new StringBuilder();
        foreach (var (key, vector) in entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            lines.Append(key).Append(' ').Append(vector).Append('\n');
        }

        return new Digest(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }
}
