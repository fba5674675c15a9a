namespace EdgeSync.Gateway;

/// <summary>What keeps a browser from doing anything with the operator port's answers but hand them to the page that asked, errors included.</summary>
internal static class SecurityHeaders
{
    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (GatewayConnection.Of(context).Port is GatewayPort.Operator)
        {
            // When the answer begins: an error clears what was set before.
            context.Response.OnStarting(Set, context.Response.Headers);
        }

        return next(context);
    });

    private static Task Set(object headers)
    {
        var response = (IHeaderDictionary)headers;
        response.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        response.XContentTypeOptions = "nosniff";
        // The console says itself what its page may do; everything else is no page.
        if (response.ContentSecurityPolicy.Count == 0)
        {
            response.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        }

        response["Referrer-Policy"] = "no-referrer";
        response.CacheControl = "no-store";
        return Task.CompletedTask;
    }
}
