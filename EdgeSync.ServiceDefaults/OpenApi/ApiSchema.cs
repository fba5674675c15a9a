using EdgeSync.Protocol;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace EdgeSync.ServiceDefaults;

/// <summary>How the protocol writes its own types: what a converter writes is not seen in a type's members.</summary>
internal sealed class ApiSchema : IOpenApiSchemaTransformer
{
    private static readonly Dictionary<Type, (JsonSchemaType Type, string? Format, string? Pattern)> Texts = new()
    {
        [typeof(long)] = (JsonSchemaType.String, "int64", "^-?[0-9]+$"),
        [typeof(DeviceId)] = (JsonSchemaType.String, "uuid", null),
        [typeof(CommandId)] = (JsonSchemaType.String, "uuid", null),
        [typeof(BatchId)] = (JsonSchemaType.String, "uuid", null),
        [typeof(RolloutId)] = (JsonSchemaType.String, "uuid", null),
        [typeof(Epoch)] = (JsonSchemaType.String, null, "^[1-9][0-9]*$"),
        [typeof(Digest)] = (JsonSchemaType.String, null, "^[0-9a-f]{64}$"),
    };

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (Texts.TryGetValue(type, out var text))
        {
            (schema.Type, schema.Format, schema.Pattern) = text;
        }
        else if (type == typeof(VersionVector))
        {
            schema.Type = JsonSchemaType.Object;
            schema.AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^[1-9][0-9]*$" };
        }
        else if (context.JsonTypeInfo.ElementType == typeof(long))
        {
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Format = "int64", Pattern = Texts[typeof(long)].Pattern };
        }
        else if (type == typeof(JsonValue))
        {
            schema.Description ??= "Any JSON.";
        }

        return Task.CompletedTask;
    }
}
