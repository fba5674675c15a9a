using System.Diagnostics;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The device's spans. Null, and nothing made, while nobody listens.</summary>
internal static class EdgeTraces
{
    private static readonly ActivitySource Source = new(EdgeTelemetry.SourceName);

    /// <summary>One batch, from the file to what was learned from its answer. The request is a span beneath it, and carries the trace on.</summary>
    public static Activity? Batch(DeviceId device, StreamRow stream, long first, Lane lane) => Source.StartActivity(ActivityKind.Producer, name: "telemetry batch") is { } span
        ? span
            .SetTag("edgesync.device.id", device.ToString())
            .SetTag("edgesync.stream", stream.Epoch.ToString())
            .SetTag("edgesync.batch.first", first)
            .SetTag("edgesync.lane", Words.Of(lane))
        : null;

    /// <summary>One run of a command, in the trace of whoever created it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="command">The command.</param>
    /// <param name="traceparent">What came with the command (W3C Trace Context); null for none.</param>
    public static Activity? Command(DeviceId device, QueuedCommand command, string? traceparent)
    {
        _ = ActivityContext.TryParse(traceparent, null, isRemote: true, out var creation);
        return Source.StartActivity(ActivityKind.Consumer, creation, name: $"command {command.Kind}") is { } span
            ? span.SetTag("edgesync.device.id", device.ToString()).SetTag("edgesync.command.id", command.Id.ToString()).SetTag("edgesync.command.kind", command.Kind)
            : null;
    }

    /// <summary>Says how it ended.</summary>
    /// <param name="span">A span; null for none.</param>
    /// <param name="code">A reason code or an outcome.</param>
    /// <param name="failed">Whether that is a failure.</param>
    /// <param name="error">For a person.</param>
    public static void End(Activity? span, string code, bool failed, string? error)
    {
        span?.SetTag("edgesync.outcome", code);
        if (failed)
        {
            span?.SetStatus(ActivityStatusCode.Error, error);
        }
    }
}
