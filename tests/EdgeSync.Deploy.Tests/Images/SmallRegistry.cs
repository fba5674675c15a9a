using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Deploy.Tests;

/// <summary>A registry on this machine (OCI distribution, pulling only) with one image of a few bytes: what is built on top is what counts.</summary>
internal sealed class SmallRegistry : IAsyncDisposable
{
    private const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    private readonly WebApplication _app;

    private SmallRegistry(WebApplication app) => _app = app;

    /// <summary>The image's name, with the registry's address.</summary>
    public string Image => $"localhost:{new Uri(_app.Urls.Single()).Port}/base:1";

    public static async Task<SmallRegistry> StartAsync(CancellationToken ct)
    {
        var layer = Layer();
        var config = Bytes(new JsonObject
        {
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Env"] = new JsonArray("PATH=/usr/bin", "APP_UID=1654", "ASPNETCORE_HTTP_PORTS=8080"), ["User"] = "0" },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(Digest(layer)) },
            ["history"] = new JsonArray(new JsonObject { ["created_by"] = "test" }),
        });
        var packed = Pack(layer);
        var manifest = Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = Manifest,
            ["config"] = Descriptor("application/vnd.oci.image.config.v1+json", config),
            ["layers"] = new JsonArray(Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", packed)),
        });
        var builder = WebApplication.CreateSlimBuilder();
        // Beside this program lie the settings of the services.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapGet("/v2/", () => Results.Json(new { }));
        app.MapMethods("/v2/base/manifests/{reference}", ["GET", "HEAD"], (HttpContext context) => Answer(context, manifest, Manifest));
        app.MapMethods("/v2/base/blobs/{digest}", ["GET", "HEAD"], (HttpContext context, string digest) =>
            new[] { config, packed }.FirstOrDefault(blob => Digest(blob) == digest) is { } blob ? Answer(context, blob, "application/octet-stream") : Results.NotFound());
        await app.StartAsync(ct);
        return new SmallRegistry(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static IResult Answer(HttpContext context, byte[] content, string type)
    {
        context.Response.Headers["Docker-Content-Digest"] = Digest(content);
        return Results.Bytes(content, type);
    }

    private static byte[] Layer()
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "etc/passwd") { DataStream = new MemoryStream("app:x:1654:1654::/home/app:/bin/false\n"u8.ToArray()) });
        }

        return tar.ToArray();
    }

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    private static JsonObject Descriptor(string type, byte[] content) => new() { ["mediaType"] = type, ["size"] = content.Length, ["digest"] = Digest(content) };

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    private static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
}
