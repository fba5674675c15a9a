namespace EdgeSync.Protocol;

/// <summary>Bounds that device and cloud share. A change here is a change of the protocol.</summary>
public static class Limits
{
    /// <summary>A sensor's name, in UTF-8 bytes.</summary>
    public const int SensorNameBytesMax = 128;

    /// <summary>A reading's JSON payload, in UTF-8 bytes.</summary>
    public const int PayloadBytesMax = 8 * 1024;

    /// <summary>How deep a JSON payload may nest.</summary>
    public const int PayloadDepthMax = 32;

    /// <summary>0001-01-01T00:00:00Z in microseconds since 1970-01-01: the earliest time that can be represented.</summary>
    public const long RecordedAtMin = -62_135_596_800_000_000;

    /// <summary>9999-12-31T23:59:59.999999Z in microseconds since 1970-01-01: the latest time that can be represented.</summary>
    public const long RecordedAtMax = 253_402_300_799_999_999;

    /// <summary>A request body after decompression, in bytes.</summary>
    public const int BodyBytesMax = 256 * 1024;

    /// <summary>Readings in a batch.</summary>
    public const int BatchReadingsMax = 5_000;

    /// <summary>Declared gaps in a batch.</summary>
    public const int BatchGapsMax = 100;

    /// <summary>Sensors in a batch's dictionary.</summary>
    public const int BatchSensorsMax = 1_000;

    /// <summary>Streams of a device that may have unsent entries at once.</summary>
    public const int OpenStreamsMax = 4;

    /// <summary>Positions in one digest query.</summary>
    public const int DigestPositionsMax = 64;

    /// <summary>Refused readings in one answer to a digest query.</summary>
    public const int DigestRefusalsMax = 500;

    /// <summary>Streams in a heartbeat: those that the device still has rows of, the newest first.</summary>
    public const int HeartbeatStreamsMax = 16;

    /// <summary>Kinds of exchange in a heartbeat that do not work.</summary>
    public const int HeartbeatLanesMax = 8;

    /// <summary>Entries between two stored checkpoints of a stream.</summary>
    public const int CheckpointInterval = 1_024;

    /// <summary>Ranges in one request to verify, fetch or repair.</summary>
    public const int VerifyRangesMax = 64;

    /// <summary>Parts of one range, a digest each.</summary>
    public const int VerifyPartsMax = 64;

    /// <summary>Numbers of all ranges together in one request to verify.</summary>
    public const int VerifyNumbersMax = 65_536;

    /// <summary>Numbers of all ranges together in one request for stored readings.</summary>
    public const int RowsNumbersMax = 100;

    /// <summary>Blocks between two checkpoints that one repair may touch.</summary>
    public const int RepairBlocksMax = 4;

    /// <summary>Spans of time in one answer of downsampled telemetry.</summary>
    public const int BucketsMax = 1_000;

    /// <summary>Spans of all sensors together in one such answer.</summary>
    public const int BucketItemsMax = 10_000;

    /// <summary>A command's kind, in UTF-8 bytes.</summary>
    public const int CommandKindBytesMax = 64;

    /// <summary>A command's payload or result, in UTF-8 bytes of JSON.</summary>
    public const int CommandPayloadBytesMax = 16 * 1024;

    /// <summary>Commands handed to a device in one answer.</summary>
    public const int CommandPullMax = 50;

    /// <summary>Receipts or results in one request.</summary>
    public const int CommandReportMax = 50;

    /// <summary>A command's idempotency key, in UTF-8 bytes.</summary>
    public const int IdempotencyKeyBytesMax = 128;

    /// <summary>The longest a command may wait for its device.</summary>
    public static readonly TimeSpan CommandExpiryMax = TimeSpan.FromDays(90);

    /// <summary>A configuration key (dot path), in UTF-8 bytes.</summary>
    public const int ConfigKeyBytesMax = 128;

    /// <summary>A configuration value, in UTF-8 bytes of JSON.</summary>
    public const int ConfigValueBytesMax = 8 * 1024;

    /// <summary>Keys in a device's configuration, deletion markers included.</summary>
    public const int ConfigKeysMax = 1_000;

    /// <summary>Configuration entries in one exchange; a device with more sends them over several.</summary>
    public const int ConfigEntriesMax = 100;

    /// <summary>Patterns in a set of rules.</summary>
    public const int ConfigRulesMax = 100;

    /// <summary>The longest probation of a configuration value, in seconds.</summary>
    public const int ConfigProbationSecondsMax = 86_400;

    /// <summary>A label selector, in characters.</summary>
    public const int SelectorCharsMax = 1_024;

    /// <summary>Devices that one batch of commands or one rollout may go to.</summary>
    public const int SelectedDevicesMax = 50_000;

    /// <summary>Stages of a rollout.</summary>
    public const int RolloutStagesMax = 20;

    /// <summary>Alert rules that operators may set.</summary>
    public const int AlertRulesMax = 100;

    /// <summary>Alert silences that hold at once.</summary>
    public const int AlertSilencesMax = 1_000;

    /// <summary>Alerts that one notification names; it counts them all.</summary>
    public const int AlertsNamedMax = 20;

    /// <summary>Writers in one version vector. A device draws a new writer id only when its file was lost or rolled back.</summary>
    public const int VectorWritersMax = 32;

    /// <summary>An event stream that says nothing for so long is dead, and the device opens another.</summary>
    public static readonly TimeSpan EventSilenceMax = TimeSpan.FromSeconds(45);

    /// <summary>The longest a long-poll may wait.</summary>
    public static readonly TimeSpan LongPollMax = TimeSpan.FromSeconds(60);
}
