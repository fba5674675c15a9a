using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>
/// Looks through what a run has written for what nobody may read there: its private keys and its enrolment secret in every file but their own, and in logs and report whatever looks like a
/// key or a token.
/// </summary>
internal sealed partial class SecretSearch
{
    private const int NeedleCharactersMin = 20;

    private readonly DataFolder _folder;
    private readonly string? _report;
    private readonly Dictionary<string, string> _needles = [];

    public SecretSearch(DataFolder folder, string? report)
    {
        (_folder, _report) = (folder, report);
        foreach (var path in KeyFiles())
        {
            AddKeys(path);
        }

        foreach (var path in Settings)
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            if (document.RootElement.TryGetProperty("enrolmentSecret", out var secret))
            {
                _needles[secret.GetString()!] = "the enrolment secret";
                Secrets++;
            }
        }
    }

    /// <summary>Private keys that it knows.</summary>
    public int Keys { get; private set; }

    /// <summary>Enrolment secrets that it knows.</summary>
    public int Secrets { get; private set; }

    /// <summary>Settings of processes: they lie beside the logs, and their owner alone may read them.</summary>
    public IReadOnlyList<string> Settings => [.. Directory.EnumerateFiles(_folder.Logs, "*.json")];

    /// <summary>Logs, what processes wrote to their standard error, and the report.</summary>
    public IReadOnlyList<string> Logs => [.. Directory.EnumerateFiles(_folder.Logs).Except(Settings), .. _report is null ? Array.Empty<string>() : [_report]];

    /// <summary>Files that hold a private key.</summary>
    public IEnumerable<string> KeyFiles() => Directory.EnumerateFiles(_folder.Root, "*", SearchOption.AllDirectories)
        .Where(path => IsOfIdentity(path) && File.ReadAllText(path).Contains("PRIVATE KEY", StringComparison.Ordinal));

    /// <summary>What was found, a sentence each that does not repeat the secret.</summary>
    public IReadOnlyList<string> Find()
    {
        var logs = Logs.ToHashSet();
        var files = Directory.EnumerateFiles(_folder.Root, "*", SearchOption.AllDirectories).Where(path => !IsOfIdentity(path)).Except(Settings).Union(logs);
        var found = new List<string>();
        foreach (var path in files)
        {
            var text = Read(path);
            found.AddRange(_needles.Where(needle => text.Contains(needle.Key, StringComparison.Ordinal)).Select(needle => $"{Path.GetFileName(path)} holds {needle.Value}."));
            if (logs.Contains(path))
            {
                found.AddRange(LikeSecrets().Matches(text).Select(match => $"{Path.GetFileName(path)} holds what begins with '{match.Value[..10]}', at {match.Index}."));
            }
        }

        return found;
    }

    private bool IsOfIdentity(string path)
    {
        var parts = Path.GetRelativePath(_folder.Root, path).Split(Path.DirectorySeparatorChar);
        return parts[0] == Path.GetFileName(_folder.Pki) || (parts[0] == "devices" && parts.Contains("identity"));
    }

    // A key in any of its clothes: PEM by line or in one piece, its secret number as a JSON Web Key or a debugger would show it.
    private void AddKeys(string path)
    {
        var pem = File.ReadAllText(path);
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (pem[fields.Label].EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            {
                using var key = ECDsa.Create();
                key.ImportFromPem(pem[fields.Location]);
                var number = key.ExportParameters(includePrivateParameters: true).D!;
                string[] clothes =
                [
                    .. pem[fields.Base64Data].Split('\n', StringSplitOptions.TrimEntries).Where(line => line.Length >= NeedleCharactersMin),
                    Convert.ToBase64String(number).TrimEnd('='), Base64Url(number), Convert.ToHexString(number), Convert.ToHexStringLower(number),
                ];
                Array.ForEach(clothes, text => _needles[text] = $"a key of {Path.GetRelativePath(_folder.Root, path)}");
                Keys++;
            }

            pem = pem[fields.Location.End..];
        }
    }

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static string Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    /// <summary>A PEM key, or JSON in base64url: how every token begins.</summary>
    [GeneratedRegex("-----BEGIN[A-Z ]*PRIVATE KEY|eyJ[A-Za-z0-9_-]{10,}|Bearer [A-Za-z0-9_.-]{10,}")]
    private static partial Regex LikeSecrets();
}
