using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeSync.Gateway;

/// <summary>What a request may take before anything of the gateway sees it. The server answers what is beyond itself: 431, 414, 408 or 400, and over HTTP/2 the end of the stream or connection.</summary>
internal static class InputLimits
{
    private const int HeaderBytesMax = 16 * 1024;
    private const int HeadersMax = 64;
    private const int RequestLineBytesMax = 2 * 1024;
    private const int StreamsMax = 100;
    private const double BodyBytesPerSecondMin = 240;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BodyGrace = TimeSpan.FromSeconds(5);

    public static void Set(KestrelServerLimits limits)
    {
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.MaxRequestHeaderCount = HeadersMax;
        limits.MaxRequestLineSize = RequestLineBytesMax;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(BodyBytesPerSecondMin, BodyGrace);
        limits.Http2.MaxStreamsPerConnection = StreamsMax;
        limits.Http2.MaxRequestHeaderFieldSize = HeaderBytesMax;
    }
}
