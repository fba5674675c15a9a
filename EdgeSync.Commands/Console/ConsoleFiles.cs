using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;

namespace EdgeSync.Commands;

/// <summary>The console's files, which are resources of this assembly: wherever the service runs, they are there.</summary>
internal sealed class ConsoleFiles
{
    /// <summary>The page itself.</summary>
    public const string Page = "index.html";

    private const string Prefix = "console/";

    private readonly FrozenDictionary<string, ConsoleFile> _files;

    private ConsoleFiles(FrozenDictionary<string, ConsoleFile> files) => _files = files;

    public IEnumerable<string> Names => _files.Keys;

    public static ConsoleFiles Load()
    {
        var assembly = typeof(ConsoleFiles).Assembly;
        var types = new FileExtensionContentTypeProvider();
        return new ConsoleFiles(assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[Prefix.Length..],
            name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                var type = types.TryGetContentType(name, out var known) ? known : "application/octet-stream";
                return new ConsoleFile(bytes, type.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8" : type, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}\"");
            },
            StringComparer.Ordinal));
    }

    /// <summary>A file by its path below <c>/console/</c>; null where there is none.</summary>
    public ConsoleFile? Find(string path) => _files.GetValueOrDefault(path);
}

/// <summary>A file of the console.</summary>
/// <param name="Bytes">What is in it.</param>
/// <param name="ContentType">What that is.</param>
/// <param name="Tag">Changes when it does, with its quotes.</param>
internal sealed record ConsoleFile(byte[] Bytes, string ContentType, string Tag);
