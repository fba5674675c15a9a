using System.Diagnostics.Metrics;

namespace EdgeSync.ServiceDefaults;

/// <summary>Where histograms draw their lines: the usual ones of OpenTelemetry are made for milliseconds.</summary>
public static class HistogramBuckets
{
    /// <summary>Seconds that a request or a transaction takes: 1 ms to 10 s.</summary>
    public static readonly InstrumentAdvice<double> Work = Of(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);

    /// <summary>Seconds that something waits for a network that fails: 10 ms to a week.</summary>
    public static readonly InstrumentAdvice<double> Delay = Of(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400, 604_800);

    /// <summary>Days: 1 to 400.</summary>
    public static readonly InstrumentAdvice<double> Days = Of(1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 180, 400);

    /// <summary>How many of something are done at once: 1 to 50,000.</summary>
    public static readonly InstrumentAdvice<int> Sizes = new() { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000] };

    private static InstrumentAdvice<double> Of(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };
}
