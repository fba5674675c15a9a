using System.Globalization;
using System.Text.RegularExpressions;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace EdgeSync.ServiceDefaults;

/// <summary>What holds for every operation of a service.</summary>
internal sealed partial class ApiDocument : IOpenApiDocumentTransformer
{
    public const string DeviceCertificate = "deviceCertificate";
    public const string DeviceToken = "deviceToken";
    public const string OperatorToken = "operatorToken";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info.Title = "EdgeSync";
        document.Info.Version = ApiDocumentExtensions.Name;
        document.Info.Description = "64-bit numbers travel as strings of digits; numbers are read too. What is not there is absent, never null. Times are microseconds since 1970. "
            + "Every refusal is a problem (RFC 9457) that says whether to retry, drop or stop; docs/protocol.md has them all.";
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [DeviceCertificate] = new OpenApiSecurityScheme { Type = SecuritySchemeType.MutualTLS, Description = "A certificate of the fleet, on the gateway's device port." },
            [DeviceToken] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "From POST /v1/token, for the certificate of the same connection.",
            },
            [OperatorToken] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "From the operators' OpenID Connect provider, with the role fleet.read or fleet.write.",
            },
        };
        foreach (var schema in document.Components.Schemas?.Values.SelectMany(schema => (schema.Properties?.Values ?? []).Append(schema)) ?? [])
        {
            schema.Description = schema.Description is { } text ? SayLimits(text) : null;
        }

        return Task.CompletedTask;
    }

    /// <summary>A reference to one of <see cref="Limits"/> is written as its name; a reader wants its value.</summary>
    private static string SayLimits(string text) => Limit().Replace(text, match =>
        Convert.ToString(typeof(Limits).GetField(match.Groups["name"].Value)?.GetRawConstantValue(), CultureInfo.InvariantCulture) ?? match.Value);

    [GeneratedRegex(@"\bint Limits\.(?<name>\w+)")]
    private static partial Regex Limit();
}
