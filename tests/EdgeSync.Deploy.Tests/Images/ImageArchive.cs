using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace EdgeSync.Deploy.Tests;

/// <summary>An image as a tar archive (OCI image layout), opened.</summary>
/// <param name="Config">The image's <c>config</c>.</param>
/// <param name="Files">The files of the last layer, by path.</param>
/// <param name="Folder">Where they lie on this machine.</param>
/// <param name="LayerBytes">How large that layer is, packed.</param>
internal sealed record ImageArchive(JsonElement Config, IReadOnlyList<string> Files, string Folder, long LayerBytes)
{
    public static async Task<ImageArchive> OpenAsync(string path, string folder, CancellationToken ct)
    {
        var archive = Directory.CreateDirectory(Path.Combine(folder, "archive")).FullName;
        await TarFile.ExtractToDirectoryAsync(path, archive, overwriteFiles: false, ct);
        var manifest = Read(Blob(archive, Read(Path.Combine(archive, "index.json")).GetProperty("manifests")[0]));
        var layer = Blob(archive, manifest.GetProperty("layers").EnumerateArray().Last());
        var content = Directory.CreateDirectory(Path.Combine(folder, "content")).FullName;
        await using (var packed = new GZipStream(File.OpenRead(layer), CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(packed, content, overwriteFiles: false, ct);
        }

        return new ImageArchive(
            Read(Blob(archive, manifest.GetProperty("config"))).GetProperty("config"),
            [.. Directory.GetFiles(content, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(content, file))],
            content,
            new FileInfo(layer).Length);
    }

    public string[] Texts(string property) => [.. Config.GetProperty(property).EnumerateArray().Select(item => item.GetString()!)];

    private static string Blob(string archive, JsonElement descriptor) => Path.Combine(archive, "blobs", descriptor.GetProperty("digest").GetString()!.Replace(':', '/'));

    private static JsonElement Read(string path) => JsonDocument.Parse(File.ReadAllText(path)).RootElement;
}
