namespace EdgeSync.Protocol;

/// <summary>Every path that device, operator and service must agree on. <c>{device}</c> is a device id, <c>{command}</c> a command id, <c>{key}</c> a configuration key.</summary>
public static class Routes
{
    /// <summary>POST a telemetry batch (device; Ingest).</summary>
    public const string Telemetry = "/v1/telemetry";

    /// <summary>POST a digest query (device; Ingest).</summary>
    public const string TelemetryDigests = "/v1/telemetry/digests";

    /// <summary>POST asks for digests over ranges of stored entries (device; Ingest).</summary>
    public const string TelemetryVerify = "/v1/telemetry/verify";

    /// <summary>POST asks for stored readings (device; Ingest).</summary>
    public const string TelemetryRows = "/v1/telemetry/rows";

    /// <summary>POST replaces damaged entries (device; Ingest).</summary>
    public const string TelemetryRepair = "/v1/telemetry/repair";

    /// <summary>POST asks for a durability receipt (device; Ingest).</summary>
    public const string TelemetryReceipts = "/v1/telemetry/receipts";

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

    /// <summary>POST: a token for the certificate of the connection (device; Gateway).</summary>
    public const string Token = "/v1/token";

    /// <summary>POST renews the certificate of the connection (device; Commands).</summary>
    public const string Certificates = "/v1/certificates";

    /// <summary>POST: a certificate for an enrolment token (anyone who has one, operator port; Commands).</summary>
    public const string Enrolment = "/v1/enrolment";

    /// <summary>POST creates an enrolment token, GET lists them (operator; Commands). <c>{token}</c> is a token's id.</summary>
    public const string EnrolmentTokens = "/v1/enrolment-tokens";

    /// <summary>DELETE revokes an enrolment token (operator; Commands).</summary>
    public const string EnrolmentToken = "/v1/enrolment-tokens/{token}";

    /// <summary>POST registers devices, GET lists them (operator; Commands).</summary>
    public const string Devices = "/v1/devices";

    /// <summary>GET one device (operator; Commands).</summary>
    public const string Device = "/v1/devices/{device}";

    /// <summary>PUT says what a device may do (operator; Commands).</summary>
    public const string DeviceState = "/v1/devices/{device}/state";

    /// <summary>GET a device's certificates (operator; Commands). <c>{fingerprint}</c> is a certificate's SHA-256 in hex.</summary>
    public const string DeviceCertificates = "/v1/devices/{device}/certificates";

    /// <summary>POST revokes one of a device's certificates (operator; Commands).</summary>
    public const string DeviceCertificateRevocation = "/v1/devices/{device}/certificates/{fingerprint}/revoke";

    /// <summary>GET a device's streams and last heartbeat (operator; Ingest).</summary>
    public const string DeviceSync = "/v1/devices/{device}/sync";

    /// <summary>GET D at a number of one of a device's streams, <c>?epoch=&amp;at=</c>, recomputed from rows (operator; Ingest).</summary>
    public const string DeviceDigests = "/v1/devices/{device}/digests";

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

    /// <summary>POST creates a command for every device of a selector, GET lists such batches (operator; Commands). <c>{batch}</c> is a batch's id.</summary>
    public const string CommandBatches = "/v1/command-batches";

    /// <summary>GET a batch and how its commands stand (operator; Commands).</summary>
    public const string CommandBatch = "/v1/command-batches/{batch}";

    /// <summary>GET a batch's commands (operator; Commands).</summary>
    public const string CommandBatchCommands = "/v1/command-batches/{batch}/commands";

    /// <summary>POST cancels a batch (operator; Commands).</summary>
    public const string CommandBatchCancel = "/v1/command-batches/{batch}/cancel";

    /// <summary>GET or PUT the rules by which concurrent configuration writes are resolved (operator; Commands).</summary>
    public const string ConfigRules = "/v1/config-rules";

    /// <summary>GET the fleet's conflict log (operator; Commands).</summary>
    public const string Conflicts = "/v1/conflicts";

    /// <summary>POST asks what the log would be under other rules (operator; Commands).</summary>
    public const string ConflictReplay = "/v1/conflicts/replay";

    /// <summary>POST begins a rollout of configuration, GET lists them (operator; Commands). <c>{rollout}</c> is a rollout's id.</summary>
    public const string Rollouts = "/v1/rollouts";

    /// <summary>GET a rollout (operator; Commands).</summary>
    public const string Rollout = "/v1/rollouts/{rollout}";

    /// <summary>GET a rollout's devices (operator; Commands).</summary>
    public const string RolloutDevices = "/v1/rollouts/{rollout}/devices";

    /// <summary>POST pauses a rollout (operator; Commands).</summary>
    public const string RolloutPause = "/v1/rollouts/{rollout}/pause";

    /// <summary>POST lets a paused or halted rollout go on (operator; Commands).</summary>
    public const string RolloutResume = "/v1/rollouts/{rollout}/resume";

    /// <summary>POST ends a rollout (operator; Commands).</summary>
    public const string RolloutAbort = "/v1/rollouts/{rollout}/abort";

    /// <summary>GET a device's configuration, PATCH writes several keys at once (operator; Commands).</summary>
    public const string DeviceConfig = "/v1/devices/{device}/config";

    /// <summary>GET, PUT or DELETE one key (operator; Commands).</summary>
    public const string DeviceConfigKey = "/v1/devices/{device}/config/{key}";

    /// <summary>GET a device's conflict log (operator; Commands).</summary>
    public const string DeviceConflicts = "/v1/devices/{device}/conflicts";

    /// <summary>GET one conflict (operator; Commands). <c>{conflict}</c> is a conflict's id.</summary>
    public const string DeviceConflict = "/v1/devices/{device}/conflicts/{conflict}";

    /// <summary>POST decides a conflict by hand (operator; Commands).</summary>
    public const string DeviceConflictResolve = "/v1/devices/{device}/conflicts/{conflict}/resolve";

    /// <summary>GET how the fleet, or what a selector names of it, is (operator; Commands).</summary>
    public const string Fleet = "/v1/fleet";

    /// <summary>GET the fleet's devices by how they are (operator; Commands).</summary>
    public const string FleetDevices = "/v1/fleet/devices";

    /// <summary>GET every device with how it is, for a picture of the fleet (operator; Commands).</summary>
    public const string FleetMap = "/v1/fleet/map";

    /// <summary>GET the fleet's last day, a sample a minute (operator; Commands).</summary>
    public const string FleetHistory = "/v1/fleet/history";

    /// <summary>GET how the fleet is, and what of the map changes, as <c>text/event-stream</c> (operator; Commands).</summary>
    public const string FleetEvents = "/v1/fleet/events";

    /// <summary>GET a device's last six hours (operator; Commands).</summary>
    public const string DeviceHistory = "/v1/devices/{device}/history";

    /// <summary>GET who asks, and what it may do (operator; Commands).</summary>
    public const string Operator = "/v1/operator";

    /// <summary>GET the console's page and what belongs to it: files that hold no data (anyone, operator port; Commands).</summary>
    public const string Console = "/console/{**file}";
    /// <summary>GET alerts (operator; Commands). <c>{alert}</c> is an alert's id.</summary>
    public const string Alerts = "/v1/alerts";
    /// <summary>GET one alert (operator; Commands).</summary>
    public const string Alert = "/v1/alerts/{alert}";
    /// <summary>POST takes note of an alert (operator; Commands).</summary>
    public const string AlertAcknowledge = "/v1/alerts/{alert}/acknowledge";
    /// <summary>POST silences alerts, GET lists silences (operator; Commands). <c>{silence}</c> is a silence's id.</summary>
    public const string AlertSilences = "/v1/alert-silences";
    /// <summary>DELETE ends a silence (operator; Commands).</summary>
    public const string AlertSilence = "/v1/alert-silences/{silence}";
    /// <summary>GET the rules that alerts come from (operator; Commands). <c>{rule}</c> is a rule's name.</summary>
    public const string AlertRules = "/v1/alert-rules";
    /// <summary>PUT sets a rule, DELETE takes that back (operator; Commands).</summary>
    public const string AlertRule = "/v1/alert-rules/{rule}";
    /// <summary>GET what webhooks were told or could not be told (operator; Commands). <c>{notification}</c> is a notification's id.</summary>
    public const string AlertNotifications = "/v1/alert-notifications";
    /// <summary>POST has a notification tried again that was given up (operator; Commands).</summary>
    public const string AlertNotificationRetry = "/v1/alert-notifications/{notification}/retry";

    /// <summary>GET who may not enter, <c>?version=N</c>, the version that is known (gateways, inside the control plane only; Commands).</summary>
    public const string Revocations = "/internal/v1/revocations";

    /// <summary>GET the keys that tokens are signed with (services, on the gateway's management port only; Gateway).</summary>
    public const string TokenKeys = "/.well-known/jwks.json";
}
