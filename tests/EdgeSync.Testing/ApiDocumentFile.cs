using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeSync.Testing;

/// <summary>A service's OpenAPI document as the repository has it, docs/openapi/NAME.json. Set EDGESYNC_WRITE_GOLDEN=1 to write it anew, then look at the difference.</summary>
public static class ApiDocumentFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", IndentSize = 1 };

    /// <summary>The file, and what the running service says.</summary>
    public static async Task<(string File, JsonObject Served)> ReadAsync(HttpClient client, string name, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(client);
        var served = JsonNode.Parse(await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), ct))!.AsObject();
        var path = Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "docs", "openapi", $"{name}.json");
        if (Environment.GetEnvironmentVariable("EDGESYNC_WRITE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, Text(served), ct);
        }

        return (await File.ReadAllTextAsync(path, ct), served);
    }

    /// <summary>A document as a file has it.</summary>
    public static string Text(JsonObject document) => document.ToJsonString(Indented) + "\n";

    /// <summary>Operations that do not say what they are for, or what they answer.</summary>
    public static IEnumerable<string> Undescribed(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return from path in document["paths"]!.AsObject()
               from operation in path.Value!.AsObject()
               where operation.Value!["summary"] is null || operation.Value["responses"]!.AsObject().Count < 2
               select $"{operation.Key.ToUpperInvariant()} {path.Key}";
    }

    private static string Here([CallerFilePath] string here = "") => here;
}
