using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>Only paths that gateway and service must read alike: two readings of one path are how a request reaches a route that it may not take.</summary>
internal static class PlainPaths
{
    private const int LengthMax = 1_024;

    /// <summary>Whether a path, as the server decoded it, has one reading: no percent sign (something stayed encoded), no backslash, no empty or dot segment, no control character.</summary>
    public static bool IsPlain(string path) =>
        path.Length <= LengthMax
        && path.StartsWith('/')
        && !path.Contains("//", StringComparison.Ordinal)
        && (path.Length == 1 || !path.EndsWith('/'))
        && !path.Any(character => character is '%' or '\\' || char.IsControl(character))
        && !path.Split('/').Any(segment => segment is "." or "..");

    public static void UsePlainPaths(this IApplicationBuilder app) => app.Use((context, next) => IsPlain(context.Request.Path.Value ?? "")
        ? next(context)
        : ProblemTypes.NotFound.With("There is nothing at this path. Write it without encoded slashes, empty segments or dot segments.").ToResult().ExecuteAsync(context));
}
