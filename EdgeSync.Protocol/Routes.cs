namespace EdgeSync.Protocol;

/// <summary>Every path that device, operator and service must agree on. <c>{device}</c> is a device id, <c>{command}</c> a command id, <c>{key}</c> a configuration key.</summary>
public static class Routes
{
    /// <summary>POST a telemetry batch (device; Ingest).</summary>
    public const string Telemetry = "/v1/telemetry";

    /// <summary>POST a digest query (device; Ingest).</summary>
    public const string TelemetryDigests = "/v1/telemetry/digests";

    /// <summary>POST a heartbeat (device; Ingest).</summary>
    public const string Heartbeat = "/v1/heartbeat";

    /// <summary>GET the event stream, <c>text/event-stream</c> (device; Commands).</summary>
    public const string Events = "/v1/events";

    /// <summary>GET waiting commands, <c>?wait=SECONDS</c> for a long-poll (device; Commands).</summary>
    public const string Commands = "/v1/commands";

    /// <summary>POST receipts of commands; a command runs only when its receipt was confirmed (device; Commands).</summary>
    public const string CommandReceipts = "/v1/commands/receipts";

    /// <summary>POST results of commands (device; Commands).</summary>
    public const string CommandResults = "/v1/commands/results";

    /// <summary>POST a configuration exchange (device; Commands).</summary>
    public const string Config = "/v1/config";

    /// <summary>POST registers devices, GET lists them (operator; Commands).</summary>
    public const string Devices = "/v1/devices";

    /// <summary>GET one device (operator; Commands).</summary>
    public const string Device = "/v1/devices/{device}";

    /// <summary>GET a device's streams and last heartbeat (operator; Ingest).</summary>
    public const string DeviceSync = "/v1/devices/{device}/sync";

    /// <summary>GET a device's stored readings in the order of the device's time (operator; Ingest).</summary>
    public const string DeviceTelemetry = "/v1/devices/{device}/telemetry";

    /// <summary>GET them downsampled (operator; Ingest).</summary>
    public const string DeviceTelemetryBuckets = "/v1/devices/{device}/telemetry/buckets";

    /// <summary>GET the newest reading of each of a device's sensors (operator; Ingest).</summary>
    public const string DeviceLatest = "/v1/devices/{device}/latest";

    /// <summary>POST creates a command, GET lists them (operator; Commands).</summary>
    public const string DeviceCommands = "/v1/devices/{device}/commands";

    /// <summary>GET one command (operator; Commands).</summary>
    public const string DeviceCommand = "/v1/devices/{device}/commands/{command}";

    /// <summary>POST cancels a command (operator; Commands).</summary>
    public const string DeviceCommandCancel = "/v1/devices/{device}/commands/{command}/cancel";

    /// <summary>GET a device's configuration (operator; Commands).</summary>
    public const string DeviceConfig = "/v1/devices/{device}/config";

    /// <summary>GET, PUT or DELETE one key (operator; Commands).</summary>
    public const string DeviceConfigKey = "/v1/devices/{device}/config/{key}";

    /// <summary>GET a device's conflict log (operator; Commands).</summary>
    public const string DeviceConflicts = "/v1/devices/{device}/conflicts";
}
