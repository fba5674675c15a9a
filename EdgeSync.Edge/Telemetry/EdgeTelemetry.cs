namespace EdgeSync.Edge;

/// <summary>What a program that embeds a device collects from it: give these names to <c>AddMeter</c> and <c>AddSource</c> of OpenTelemetry, or to a listener. docs/observability.md has every metric and span.</summary>
public static class EdgeTelemetry
{
    /// <summary>The meter. Its numbers are of all devices that the process has open.</summary>
    public const string MeterName = "EdgeSync.Edge";

    /// <summary>The source of spans; it costs nothing while nobody listens.</summary>
    public const string SourceName = "EdgeSync.Edge";
}
