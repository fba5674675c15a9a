using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>Headers that speak of identity or of the way are not a client's to set: what it sends under such a name is removed. Services take the device from its token.</summary>
internal static class IdentityHeaders
{
    // X-Forwarded-For, X-Real-IP, X-Original-URL, X-Client-Cert and whatever a proxy somewhere believes in: the protocol has no header that begins so.
    private const string UnofficialPrefix = "X-";

    /// <summary>Whether a header of a client may go on to a service.</summary>
    public static bool MayPass(string name) =>
        name.Equals(Headers.Batch, StringComparison.OrdinalIgnoreCase)
        || !(name.StartsWith(Headers.Prefix, StringComparison.OrdinalIgnoreCase)
            || name.StartsWith(UnofficialPrefix, StringComparison.OrdinalIgnoreCase)
            || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase));

    public static void UseIdentityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var headers = context.Request.Headers;
        foreach (var name in headers.Keys.Where(name => !MayPass(name)).ToArray())
        {
            headers.Remove(name);
        }

        return next(context);
    });
}
