using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.ServiceDefaults;

/// <summary>What a service can be asked, as an OpenAPI document; docs/openapi/ has them as files.</summary>
internal static class ApiDocumentExtensions
{
    public const string Name = "v1";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.AddDocumentTransformer<ApiDocument>();
        options.AddOperationTransformer<ApiOperation>();
        options.AddSchemaTransformer<ApiSchema>();
    });

    public static void MapApiDocument(this IEndpointRouteBuilder app) =>
        app.MapOpenApi().AllowAnyone("No gateway leads to it, and it says what is in the repository.");
}
