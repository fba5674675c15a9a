using System.Collections.Concurrent;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>The requests of devices that are under way, so that one can be ended before its service ends it. As large as what is open.</summary>
internal sealed class OpenRequests
{
    private readonly ConcurrentDictionary<Entry, byte> _open = new();

    public int Count => _open.Count;

    /// <summary>Remembers a request until it is given back.</summary>
    public IDisposable Enter(HttpContext context, DeviceCertificate certificate)
    {
        var entry = new Entry(this, context, certificate);
        _open.TryAdd(entry, 0);
        return entry;
    }

    /// <summary>Ends the requests of these certificates.</summary>
    /// <returns>How many.</returns>
    public int Abort(Func<DeviceCertificate, bool> which)
    {
        var ended = 0;
        foreach (var (entry, _) in _open)
        {
            if (which(entry.Certificate))
            {
                entry.Context.Abort();
                ended++;
            }
        }

        return ended;
    }

    private sealed class Entry(OpenRequests requests, HttpContext context, DeviceCertificate certificate) : IDisposable
    {
        public HttpContext Context => context;

        public DeviceCertificate Certificate => certificate;

        public void Dispose() => requests._open.TryRemove(this, out _);
    }
}

/// <summary>What waits has no end of its own that would do: an event stream or long-poll ends with its token, and when the gateway stops, which would otherwise wait for it.</summary>
internal static class RequestEnd
{
    public static void UseRequestEnd(this WebApplication app)
    {
        var requests = app.Services.GetRequiredService<OpenRequests>();
        var register = app.Services.GetRequiredService<RevocationRegister>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        var stopping = app.Lifetime.ApplicationStopping;
        app.Use(async (context, next) =>
        {
            if (GatewayConnection.Of(context).Certificate is not { } certificate)
            {
                await next(context);
                return;
            }

            using var open = requests.Enter(context, certificate);
            // Asked again: a refusal that came between the first question and the line above has not ended this request.
            if (register.RefuseKnown(certificate) is { } refusal)
            {
                await refusal.ToResult().ExecuteAsync(context);
                return;
            }

            await using var tokenEnd = EndOf(context, time);
            await using var stop = Waits(context.Request) ? stopping.UnsafeRegister(Abort, context) : default;
            await next(context);
        });
    }

    private static ITimer? EndOf(HttpContext context, TimeProvider time) =>
        Waits(context.Request) && context.Features.Get<DeviceTokenClaims>() is { } token
            ? time.CreateTimer(Abort, context, Positive(token.Expires - time.GetUtcNow()), Timeout.InfiniteTimeSpan)
            : null;

    private static bool Waits(HttpRequest request) => request.Path == Routes.Events || (request.Path == Routes.Commands && HttpMethods.IsGet(request.Method));

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    private static void Abort(object? context) => ((HttpContext)context!).Abort();
}
