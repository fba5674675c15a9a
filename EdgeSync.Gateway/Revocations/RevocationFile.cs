using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>The last list as Commands signed it, on disk.</summary>
internal sealed class RevocationFile(IOptions<RevocationOptions> options)
{
    private readonly string _path = Path.GetFullPath(options.Value.Path);

    /// <summary>Null when there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<string?> ReadAsync(CancellationToken ct) => File.Exists(_path) ? await File.ReadAllTextAsync(_path, ct) : null;

    /// <summary>Whoever reads it sees the old one or the new one, never a part.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task WriteAsync(string statement, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var next = _path + ".next";
        await File.WriteAllTextAsync(next, statement, ct);
        File.Move(next, _path, overwrite: true);
    }
}
