using System.Text.Json.Serialization;

namespace EdgeSync.Protocol;

/// <summary>How every message but the telemetry batch is written: camelCase JSON, 64-bit numbers as strings, enumerations as words, absent for null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 64,
    Converters =
    [
        typeof(Int64Converter), typeof(DeviceIdConverter), typeof(CommandIdConverter), typeof(BatchIdConverter), typeof(RolloutIdConverter), typeof(EpochConverter), typeof(DigestConverter),
        typeof(WordConverter<ReadingRefusal>), typeof(WordConverter<GapReason>), typeof(WordConverter<CommandState>), typeof(WordConverter<CommandOutcome>),
        typeof(WordConverter<ReceiptVerdict>), typeof(WordConverter<ConfigRule>), typeof(WordConverter<ConfigStatus>),
        typeof(WordConverter<ProblemCategory>), typeof(WordConverter<ProblemAction>), typeof(WordConverter<DeviceState>), typeof(WordConverter<LimitScope>),
        typeof(WordConverter<CommandBatchState>), typeof(WordConverter<ConflictPick>), typeof(WordConverter<RolloutState>), typeof(WordConverter<RolloutDeviceState>), typeof(WordConverter<DeviceHealth>),
    ])]
[JsonSerializable(typeof(TelemetryAck))]
[JsonSerializable(typeof(DigestQuery))]
[JsonSerializable(typeof(DigestAnswer))]
[JsonSerializable(typeof(VerifyQuery))]
[JsonSerializable(typeof(VerifyAnswer))]
[JsonSerializable(typeof(RowsQuery))]
[JsonSerializable(typeof(RowsAnswer))]
[JsonSerializable(typeof(RepairAnswer))]
[JsonSerializable(typeof(DurabilityQuery))]
[JsonSerializable(typeof(DurabilityAnswer))]
[JsonSerializable(typeof(DurabilityReceipt))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(HeartbeatAck))]
[JsonSerializable(typeof(DeviceSyncStatus))]
[JsonSerializable(typeof(ReadingView))]
[JsonSerializable(typeof(Page<ReadingView>))]
[JsonSerializable(typeof(TelemetryBucket))]
[JsonSerializable(typeof(Page<TelemetryBucket>))]
[JsonSerializable(typeof(CommandDelivery))]
[JsonSerializable(typeof(ReceiptRequest))]
[JsonSerializable(typeof(ReceiptAnswer))]
[JsonSerializable(typeof(ResultRequest))]
[JsonSerializable(typeof(ResultAnswer))]
[JsonSerializable(typeof(IntentEvent))]
[JsonSerializable(typeof(ConfigExchange))]
[JsonSerializable(typeof(ConfigAnswer))]
[JsonSerializable(typeof(DeviceRegistrations))]
[JsonSerializable(typeof(DeviceView))]
[JsonSerializable(typeof(Page<DeviceView>))]
[JsonSerializable(typeof(DeviceToken))]
[JsonSerializable(typeof(CreateEnrolmentToken))]
[JsonSerializable(typeof(EnrolmentTokenCreated))]
[JsonSerializable(typeof(Page<EnrolmentTokenView>))]
[JsonSerializable(typeof(EnrolmentRequest))]
[JsonSerializable(typeof(RenewalRequest))]
[JsonSerializable(typeof(IssuedCertificate))]
[JsonSerializable(typeof(Page<DeviceCertificateView>))]
[JsonSerializable(typeof(RevokeCertificate))]
[JsonSerializable(typeof(DeviceStateChange))]
[JsonSerializable(typeof(RevocationList))]
[JsonSerializable(typeof(SignedConfig))]
[JsonSerializable(typeof(PinSet))]
[JsonSerializable(typeof(CreateCommand))]
[JsonSerializable(typeof(CancelCommand))]
[JsonSerializable(typeof(CommandView))]
[JsonSerializable(typeof(Page<CommandView>))]
[JsonSerializable(typeof(CreateCommandBatch))]
[JsonSerializable(typeof(CommandBatchView))]
[JsonSerializable(typeof(Page<CommandBatchView>))]
[JsonSerializable(typeof(ConfigWrite))]
[JsonSerializable(typeof(ConfigPatch))]
[JsonSerializable(typeof(ConfigRulesWrite))]
[JsonSerializable(typeof(ConfigRulesView))]
[JsonSerializable(typeof(ResolveConflict))]
[JsonSerializable(typeof(ConflictReplay))]
[JsonSerializable(typeof(ConflictReplayAnswer))]
[JsonSerializable(typeof(CreateRollout))]
[JsonSerializable(typeof(RolloutChange))]
[JsonSerializable(typeof(RolloutView))]
[JsonSerializable(typeof(Page<RolloutView>))]
[JsonSerializable(typeof(Page<RolloutDeviceView>))]
[JsonSerializable(typeof(ConfigView))]
[JsonSerializable(typeof(ConfigDocument))]
[JsonSerializable(typeof(ConflictView))]
[JsonSerializable(typeof(Page<ConflictView>))]
[JsonSerializable(typeof(FleetStatus))]
[JsonSerializable(typeof(FleetDevice))]
[JsonSerializable(typeof(Page<FleetDevice>))]
[JsonSerializable(typeof(FleetMap))]
[JsonSerializable(typeof(FleetMapChange))]
[JsonSerializable(typeof(FleetHistory))]
[JsonSerializable(typeof(DeviceHistory))]
[JsonSerializable(typeof(OperatorView))]
[JsonSerializable(typeof(VersionVector))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(Problem))]
public sealed partial class ProtocolJson : JsonSerializerContext;
