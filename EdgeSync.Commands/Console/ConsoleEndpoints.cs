using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace EdgeSync.Commands;

/// <summary>The console: files of this assembly, and who signed in there.</summary>
internal static class ConsoleEndpoints
{
    // Scripts, styles and connections of the console's own origin and of nothing else; no other site may frame it.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Folder = "/console/";

    public static void MapConsole(this IEndpointRouteBuilder app)
    {
        var files = ConsoleFiles.Load();
        app.MapGet(Routes.Console, (string? file, HttpContext context) => Get(files, file, context)).ExcludeFromDescription()
            .AllowAnyone("Files that are the same for everybody; what they show comes from routes that ask who it is.");
    }

    public static void MapOperator(this IEndpointRouteBuilder app) =>
        app.MapGet(Routes.Operator, GetOperator).WithName("GetOperator").WithSummary("Who asks, and what it may do").RequireFleetRead();

    private static Ok<OperatorView> GetOperator(HttpContext context) =>
        TypedResults.Ok(new OperatorView(context.User.Identity?.Name ?? "", context.User.IsInRole(Access.FleetWrite)));

    private static IResult Get(ConsoleFiles files, string? name, HttpContext context)
    {
        // The gateway takes no path that ends with a slash, and relative addresses in the page need a folder.
        if (string.IsNullOrEmpty(name))
        {
            return TypedResults.Redirect($"{Folder}{ConsoleFiles.Page}");
        }

        if (files.Find(name) is not { } file)
        {
            return ProblemTypes.NotFound.With("The console has no such file. Its page is /console.").ToResult();
        }

        context.Response.Headers.ContentSecurityPolicy = Policy;
        return TypedResults.Bytes(file.Bytes, file.ContentType, entityTag: new EntityTagHeaderValue(file.Tag));
    }
}
