using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>An event stream has no end of its own. It ends when the gateway stops, which would otherwise wait for it until its host gives up.</summary>
internal static class EventStreamEnd
{
    public static void UseEventStreamEnd(this WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        app.Use(async (context, next) =>
        {
            if (context.Request.Path != Routes.Events)
            {
                await next(context);
                return;
            }

            await using var end = stopping.UnsafeRegister(static stream => ((HttpContext)stream!).Abort(), context);
            await next(context);
        });
    }
}
