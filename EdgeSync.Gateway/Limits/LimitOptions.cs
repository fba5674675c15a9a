using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Configuration section <c>Gateway:Limits</c>. A change takes effect without a restart; one that is wrong is logged, and the limits before it stay.</summary>
public sealed record LimitOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Gateway:Limits";

    /// <summary>Telemetry requests of one device a second, 0.1 to 100,000. An accepted backlog batch gives back the part that it has of 200 readings.</summary>
    public double DeviceTelemetryPerSecond { get; init; } = 20;

    /// <summary>Telemetry requests that one device may send at once after a rest, 1 to 100,000.</summary>
    public int DeviceTelemetryBurst { get; init; } = 100;

    /// <summary>All other requests of one device a second (commands, configuration, heartbeats, digests, events), 0.1 to 100,000. Apart from telemetry, so that neither starves the other.</summary>
    public double DeviceControlPerSecond { get; init; } = 20;

    /// <summary>Such requests that one device may send at once after a rest, 1 to 100,000.</summary>
    public int DeviceControlBurst { get; init; } = 200;

    /// <summary>Live readings of one device a second, 1 to 10,000,000.</summary>
    public double DeviceReadingsPerSecond { get; init; } = 2_000;

    /// <summary>Live readings that one device may send at once after a rest, 1 to 10,000,000.</summary>
    public int DeviceReadingsBurst { get; init; } = 20_000;

    /// <summary>Readings of the whole fleet a second through this gateway, 1 to 100,000,000.</summary>
    public double FleetReadingsPerSecond { get; init; } = 200_000;

    /// <summary>Readings of the whole fleet at once, 1 to 100,000,000.</summary>
    public int FleetReadingsBurst { get; init; } = 200_000;

    /// <summary>Requests of the whole fleet a second through this gateway, 1 to 10,000,000.</summary>
    public double FleetRequestsPerSecond { get; init; } = 20_000;

    /// <summary>Requests of the whole fleet at once, 1 to 10,000,000.</summary>
    public int FleetRequestsBurst { get; init; } = 20_000;

    /// <summary>The part of <see cref="FleetReadingsBurst"/> that backlog leaves alone, 0 to 0.9: history is sent with what live readings do not need.</summary>
    public double LiveReserve { get; init; } = 0.25;

    /// <summary>Backlog batches of one device under way at once, 1 to 100.</summary>
    public int DeviceBacklogInFlight { get; init; } = 1;

    /// <summary>Live telemetry requests under way at once, 1 to 1,000,000.</summary>
    public int LiveInFlight { get; init; } = 1_000;

    /// <summary>Backlog telemetry requests under way at once, 1 to 1,000,000.</summary>
    public int BacklogInFlight { get; init; } = 200;

    /// <summary>Other requests of devices under way at once, those that wait for commands among them, 1 to 1,000,000.</summary>
    public int ControlInFlight { get; init; } = 20_000;

    /// <summary>Requests of operators under way at once, 1 to 1,000,000.</summary>
    public int OperatorInFlight { get; init; } = 200;

    internal BucketRate DeviceTelemetry => new(DeviceTelemetryPerSecond, DeviceTelemetryBurst);

    internal BucketRate DeviceControl => new(DeviceControlPerSecond, DeviceControlBurst);

    internal BucketRate DeviceReadings => new(DeviceReadingsPerSecond, DeviceReadingsBurst);

    internal BucketRate FleetReadings => new(FleetReadingsPerSecond, FleetReadingsBurst);

    internal BucketRate FleetRequests => new(FleetRequestsPerSecond, FleetRequestsBurst);
}

/// <summary>Everything that can be wrong with the limits, each as a sentence that says what to change.</summary>
internal sealed class LimitOptionsValidator : IValidateOptions<LimitOptions>
{
    public ValidateOptionsResult Validate(string? name, LimitOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Range(nameof(options.DeviceTelemetryPerSecond), options.DeviceTelemetryPerSecond, 0.1, 100_000);
        Range(nameof(options.DeviceTelemetryBurst), options.DeviceTelemetryBurst, 1, 100_000);
        Range(nameof(options.DeviceControlPerSecond), options.DeviceControlPerSecond, 0.1, 100_000);
        Range(nameof(options.DeviceControlBurst), options.DeviceControlBurst, 1, 100_000);
        Range(nameof(options.DeviceReadingsPerSecond), options.DeviceReadingsPerSecond, 1, 10_000_000);
        Range(nameof(options.DeviceReadingsBurst), options.DeviceReadingsBurst, 1, 10_000_000);
        Range(nameof(options.FleetReadingsPerSecond), options.FleetReadingsPerSecond, 1, 100_000_000);
        Range(nameof(options.FleetReadingsBurst), options.FleetReadingsBurst, 1, 100_000_000);
        Range(nameof(options.FleetRequestsPerSecond), options.FleetRequestsPerSecond, 1, 10_000_000);
        Range(nameof(options.FleetRequestsBurst), options.FleetRequestsBurst, 1, 10_000_000);
        Range(nameof(options.LiveReserve), options.LiveReserve, 0, 0.9);
        Range(nameof(options.DeviceBacklogInFlight), options.DeviceBacklogInFlight, 1, 100);
        Range(nameof(options.LiveInFlight), options.LiveInFlight, 1, 1_000_000);
        Range(nameof(options.BacklogInFlight), options.BacklogInFlight, 1, 1_000_000);
        Range(nameof(options.ControlInFlight), options.ControlInFlight, 1, 1_000_000);
        Range(nameof(options.OperatorInFlight), options.OperatorInFlight, 1, 1_000_000);
        return result.Build();

        void Range(string option, double value, double least, double most)
        {
            // Written so that NaN is refused too.
            if (!(value >= least && value <= most))
            {
                result.AddError(FormattableString.Invariant($"{LimitOptions.Section}:{option} is {value}. Write a number from {least} to {most}."));
            }
        }
    }
}
