using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeSync.Architecture.Tests;

/// <summary>docs/configuration.md as a JSON schema (draft 7) of appsettings.json: what editors complete, and where they mark a name that no service reads.</summary>
internal static class SettingSchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Others than we read what is below these, too.
    private static readonly string[] Shared = ["", "Logging", "Logging:LogLevel", "Aspire", "Aspire:Npgsql", "ConnectionStrings", "Kestrel", "Kestrel:Endpoints", "Kestrel:Endpoints:http", "Kestrel:Endpoints:h2c", "Services", "Services:ingest", "Services:commands"];

    public static string Of(IEnumerable<SettingRow> rows)
    {
        var root = Section("");
        root.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        root.Insert(1, "title", "Settings of EdgeSync's services; docs/configuration.md says more");
        foreach (var row in rows)
        {
            Place(root, row);
        }

        return root.ToJsonString(Indented) + "\n";
    }

    private static void Place(JsonObject section, SettingRow row)
    {
        var names = row.Key.Split(':');
        for (var i = 0; i < names.Length - 1; i++)
        {
            var isList = names[i + 1] == "N";
            var properties = section["properties"]!.AsObject();
            if (!properties.ContainsKey(names[i]))
            {
                properties[names[i]] = isList ? new JsonObject { ["type"] = "array" } : Section(string.Join(':', names[..(i + 1)]));
            }

            section = properties[names[i]]!.AsObject();
            if (isList && i + 2 == names.Length)
            {
                section["items"] = Value(row);
                return;
            }

            if (isList)
            {
                section["items"] ??= Section(row.Key);
                section = section["items"]!.AsObject();
                i++;
            }
        }

        section["properties"]!.AsObject()[names[^1]] = Value(row);
    }

    private static JsonObject Section(string path)
    {
        var section = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() };
        if (!Shared.Contains(path))
        {
            section["additionalProperties"] = false;
        }

        return section;
    }

    private static JsonObject Value(SettingRow row)
    {
        var value = new JsonObject { ["type"] = row.Type switch { "integer" => "integer", "number" => "number", "true or false" => "boolean", _ => "string" } };
        var words = row.Meaning.Replace("`", "", StringComparison.Ordinal) + ".";
        value["description"] = row.HasRange && row.Type == "time" ? $"{words} {row.Range}." : words;
        if (row.Type == "time")
        {
            value["pattern"] = @"^(\d+\.)?\d{1,2}:\d{2}(:\d{2}(\.\d{1,7})?)?$";
        }
        else if (row.HasRange)
        {
            var (least, most) = row.Ends();
            value["minimum"] = least;
            value["maximum"] = most;
        }

        if (row.Default != "-")
        {
            value["default"] = row.Type switch
            {
                "integer" or "number" => double.Parse(row.Default, CultureInfo.InvariantCulture),
                "true or false" => row.Default == "true",
                _ => row.Default,
            };
        }

        return value;
    }
}
