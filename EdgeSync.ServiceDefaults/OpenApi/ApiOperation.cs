using System.Globalization;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace EdgeSync.ServiceDefaults;

/// <summary>What the endpoints' signatures do not say: who may call, what the path names, and that every refusal is a problem.</summary>
internal sealed class ApiOperation : IOpenApiOperationTransformer
{
    private const string Refused = "default";

    // A name means the same on every path.
    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["after"] = "The 'next' of the page before.",
        ["limit"] = "Items of a page, at most.",
        ["from"] = "From this time on, microseconds since 1970.",
        ["state"] = "Only those in this state.",
        ["selector"] = "Devices by their labels, in the syntax of Kubernetes.",
        ["key"] = "A configuration key; where conflicts are listed, with * for any characters.",
        ["rule"] = "An alert rule's name; where conflicts are listed, only those that this rule decided.",
        ["severity"] = "Only those that are so bad.",
        ["unresolved"] = "true: only those that no operator has decided.",
        ["width"] = "Microseconds of a span.",
        ["sensor"] = "This sensor alone.",
        ["wait"] = "Seconds to wait for a command, 0 to 60.",
        ["epoch"] = "A stream's epoch; with commands, the history of the device's file.",
        ["at"] = "A number in the stream, 0 or more.",
        ["to"] = "Before this time, microseconds since 1970.",
    };

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var policy = context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().FirstOrDefault()?.Policy;
        operation.Tags = new HashSet<OpenApiTagReference> { new(policy switch { null => "anyone", Access.Device or Access.Renewal => "devices", _ => "operators" }) };
        operation.Security = [.. Security(policy, context.Document)];
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            parameter.Description ??= Meanings.GetValueOrDefault(parameter.Name ?? "");
        }

        foreach (var name in PathNames(context.Description.RelativePath ?? ""))
        {
            operation.Parameters ??= [];
            if (!operation.Parameters.Any(parameter => parameter.Name == name))
            {
                operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
            }
        }

        // Which statuses a refusal has is a matter of its type, and the same everywhere.
        operation.Responses ??= [];
        operation.Responses.Remove(StatusCodes.Status400BadRequest.ToString(CultureInfo.InvariantCulture));
        context.Document?.AddComponent(nameof(Problem), await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancellationToken));
        operation.Responses[Refused] = new OpenApiResponse
        {
            Description = "Refused, and why.",
            Content = new Dictionary<string, OpenApiMediaType> { [Headers.ProblemMediaType] = new() { Schema = new OpenApiSchemaReference(nameof(Problem), context.Document) } },
        };
    }

    private static IEnumerable<OpenApiSecurityRequirement> Security(string? policy, OpenApiDocument? document)
    {
        var requirement = new OpenApiSecurityRequirement();
        string[] schemes = policy switch
        {
            null => [],
            Access.Device or Access.Renewal => [ApiDocument.DeviceCertificate, ApiDocument.DeviceToken],
            _ => [ApiDocument.OperatorToken],
        };
        foreach (var scheme in schemes)
        {
            requirement[new OpenApiSecuritySchemeReference(scheme, document)] = policy is Access.FleetRead or Access.FleetWrite ? [policy] : [];
        }

        return schemes.Length == 0 ? [] : [requirement];
    }

    private static IEnumerable<string> PathNames(string path) =>
        path.Split('/').Where(part => part is ['{', .., '}']).Select(part => part.Trim('{', '}'));
}
