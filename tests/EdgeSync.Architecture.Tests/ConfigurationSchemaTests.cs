using System.Text.Json;

namespace EdgeSync.Architecture.Tests;

/// <summary>docs/appsettings.schema.json is docs/configuration.md for editors. Set EDGESYNC_WRITE_GOLDEN=1 to write it anew, then look at the difference.</summary>
public sealed class ConfigurationSchemaTests
{
    private const string Path = "docs/appsettings.schema.json";

    [Fact]
    public void The_schema_is_the_page()
    {
        var schema = SettingSchema.Of(SettingRow.All);
        if (Environment.GetEnvironmentVariable("EDGESYNC_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(System.IO.Path.Combine(Repository.Root, Path), schema);
        }

        Assert.Equal(Repository.Read(Path), schema);
    }

    [Fact]
    public void Every_appsettings_file_names_the_schema_and_nothing_that_no_service_reads() => Rule.Holds(
        from file in Repository.Files.Where(file => file.StartsWith("EdgeSync.", StringComparison.Ordinal) && System.IO.Path.GetFileName(file).StartsWith("appsettings", StringComparison.Ordinal))
        from sentence in Faults(file, Repository.Read(file))
        select sentence);

    [Fact]
    public void A_key_that_no_service_reads_is_found() => Assert.Equal(
        ["x.json does not name ../docs/appsettings.schema.json as its $schema.", "x.json sets Ingest:Writer, which docs/configuration.md does not have."],
        Faults("x.json", """{ "Ingest": { "Writer": 3, "Writers": 3 }, "Services": { "ingest": { "h2c": [ "http://ingest" ] } }, "Logging": { "LogLevel": { "Yarp": "Warning" } } }"""));

    [Fact]
    public void A_row_becomes_what_an_editor_checks()
    {
        var schema = SettingSchema.Of(
        [
            new SettingRow("A:B", "A__B", "integer", "s", "1,000", "0 or 5 to 7,000", "restart", "Sets `b`"),
            new SettingRow("A:C:N:D", "A__C__N__D", "time", "d.hh:mm:ss", "-", "-", "restart", "Sets d"),
        ]);
        var properties = JsonDocument.Parse(schema).RootElement.GetProperty("properties").GetProperty("A").GetProperty("properties");

        Assert.Equal("""{"type":"integer","description":"Sets b.","minimum":0,"maximum":7000,"default":1000}""", JsonSerializer.Serialize(properties.GetProperty("B")));
        Assert.Equal("string", properties.GetProperty("C").GetProperty("items").GetProperty("properties").GetProperty("D").GetProperty("type").GetString());
        Assert.False(properties.GetProperty("C").GetProperty("items").GetProperty("additionalProperties").GetBoolean());
    }

    private static IEnumerable<string> Faults(string file, string text)
    {
        var root = JsonDocument.Parse(text).RootElement;
        if (!root.TryGetProperty("$schema", out var schema) || schema.GetString() != "../" + Path)
        {
            yield return $"{file} does not name ../{Path} as its $schema.";
        }

        foreach (var key in Keys("", root).Where(key => key != "$schema" && !key.StartsWith("Logging:LogLevel:", StringComparison.Ordinal) && SettingRow.Find(key) is null))
        {
            yield return $"{file} sets {key}, which docs/configuration.md does not have.";
        }
    }

    private static IEnumerable<string> Keys(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Keys(path.Length == 0 ? property.Name : $"{path}:{property.Name}", property.Value)),
        JsonValueKind.Array => element.EnumerateArray().Index().SelectMany(entry => Keys($"{path}:{entry.Index}", entry.Item)),
        _ => [path],
    };
}
