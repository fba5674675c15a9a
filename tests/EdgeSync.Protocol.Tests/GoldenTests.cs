using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace EdgeSync.Protocol.Tests;

/// <summary>
/// Every message as it travels, held in a file: a change of the wire shows as a change of a file. Set EDGESYNC_WRITE_GOLDEN=1 to write them anew, then look at the difference.
/// </summary>
public sealed class GoldenTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string, object> Messages => new()
    {
        { "telemetry-ack", new TelemetryAck(Samples.Epoch, 19, Samples.DigestOf(1), [new RefusedReading(12, ReadingRefusal.PayloadNotJson)], 5, Samples.Time) },
        { "digest-query", new DigestQuery(Samples.Epoch, [0, 1_024, 2_048], 1_000) },
        { "digest-answer", new DigestAnswer(Samples.Epoch, 1_500, [new PositionDigest(1_024, Samples.DigestOf(2)), new PositionDigest(2_048)], [new RefusedReading(1_100, ReadingRefusal.SensorEmpty)]) },
        { "heartbeat", new Heartbeat(Samples.Boot, Samples.Time, "1.0.0", "sequence-hole", Samples.Time - 1, 120, 9_000, 3, [new StreamPosition(Samples.Epoch, 300, 180, true)], Samples.Time - 2, 1_000_000, Samples.Time + 3, [new LaneReason("telemetry", "sequence-hole", Samples.Time - 1, Samples.Time + 3)], 30_000, new StorageReport(8_000_000, 90_000, 70_000, 60, 5, 1, 16_000_000, Samples.Time - 9)) },
        { "verify-query", new VerifyQuery(Samples.Epoch, [new VerifyRange(1, 65_536, 16)]) },
        { "verify-answer", new VerifyAnswer(Samples.Epoch, 9_000, 1_024, [new VerifiedRange([1, 2, 3, 4, 5, 6, 7, 8], [new NumberRange(2_000, 2_010)])]) },
        { "rows-query", new RowsQuery(Samples.Epoch, [new NumberRange(17, 18)]) },
        { "rows-answer", new RowsAnswer(Samples.Epoch, [NumberedReading.Of(17, Samples.Readings[0]), NumberedReading.Of(18, Samples.Readings[1]), NumberedReading.Of(19, Samples.Readings[3])]) },
        { "repair-answer", new RepairAnswer(Samples.Epoch, 2, [new NumberRange(1_025, 2_048)]) },
        { "durability-query", new DurabilityQuery(Samples.Epoch, 19) },
        { "durability-answer", new DurabilityAnswer("eyJhbGci.eyJkZXZ.c2lnbg") },
        { "durability-receipt", new DurabilityReceipt(Samples.Device, Samples.Epoch, 1, 19, Samples.DigestOf(6), 10, 9, Samples.Time) },
        { "heartbeat-ack", new HeartbeatAck(Samples.Time, 5, [new StreamWatermark(Samples.Epoch, 180), new StreamWatermark(new Epoch(7), 9, new NumberRange(1, 9))]) },
        { "device-sync-status", new DeviceSyncStatus(Samples.Device, [new StreamStatus(Samples.Epoch, 19, Samples.DigestOf(3), 12, 2, 5, 1, Samples.Time - 9, Samples.Time, 1, Samples.Time - 3, new NumberRange(2, 9), Samples.Time - 2, 18, Samples.Time - 1)], Samples.Time, -1_500, Samples.Boot, SilentSince: Samples.Time) },
        { "reading-page", new Page<ReadingView>([new ReadingView("temperature", Samples.Time, Samples.Time + 9, Samples.Epoch, 17, 21.5), new ReadingView("door", Samples.Time, Samples.Time + 9, Samples.Epoch, 18, null, new JsonValue("""{"open": true}"""), "77:4")], "1777636800000000.4611686018427387904.18") },
        { "bucket-page", new Page<TelemetryBucket>([new TelemetryBucket("temperature", Samples.Time, 3, 20.5, 22, 21.25, 21.5, Samples.Time + 59)], null) },
        { "command-delivery", new CommandDelivery([new CommandEnvelope(Samples.Command, "ping", new JsonValue("""{"n": 1}"""), 60_000, 2, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")], 5, true) },
        { "receipt-request", new ReceiptRequest(Samples.Boot, Samples.Epoch, [Samples.Command]) },
        { "receipt-answer", new ReceiptAnswer([new Receipt(Samples.Command, ReceiptVerdict.Resume, 59_000, CommandState.Delivered)]) },
        { "result-request", new ResultRequest(Samples.Boot, Samples.Epoch, [new CommandResult(Samples.Command, CommandOutcome.Failed, Samples.Time, new JsonValue("false"), "no such valve")]) },
        { "result-answer", new ResultAnswer([new ResultReceipt(Samples.Command, true, CommandState.Failed)]) },
        { "intent-event", new IntentEvent(5) },
        { "config-exchange", new ConfigExchange(Samples.Boot, 4, [Samples.Entry(null, ConfigWriters.Device(Samples.Epoch)) with { Base = new ConfigBase(Samples.Vector("cloud"), new JsonValue("4")) }], [new ConfigReport("a.b", Samples.Vector("cloud"), ConfigStatus.RolledBack, "pump stalled", new JsonValue("3"))], 2) },
        { "config-answer", new ConfigAnswer(5, true, false, [Samples.Entry()], 6, Samples.Time, new ConfigRuleSet(2, [new ConfigRulePattern("sampling.*", ConfigRule.DeviceWins)]), ConfigDocumentHash.Of([("sampling.interval", Samples.Vector("cloud")), ("a", Samples.Vector("cloud", "cloud"))])) },
        { "device-registrations", new DeviceRegistrations([new DeviceRegistration(Samples.Device, "pump 1", new() { ["site"] = "north" })]) },
        { "device-page", new Page<DeviceView>([new DeviceView(Samples.Device, "pump 1", DeviceState.Active, new() { ["site"] = "north" }, Samples.Time)], Samples.Device.ToString()) },
        { "device-token", new DeviceToken("eyJ0eXAi.eyJzdWIi.c2lnbg", 600) },
        { "create-enrolment-token", new CreateEnrolmentToken(100, 86_400, new() { ["site"] = "north" }, Samples.Device) },
        { "enrolment-token-created", new EnrolmentTokenCreated("c2VjcmV0", Samples.EnrolmentToken) },
        { "enrolment-token-page", new Page<EnrolmentTokenView>([Samples.EnrolmentToken]) },
        { "enrolment-request", new EnrolmentRequest("c2VjcmV0", Samples.Device, "-----BEGIN CERTIFICATE REQUEST-----", "pump 1") },
        { "renewal-request", new RenewalRequest("-----BEGIN CERTIFICATE REQUEST-----") },
        { "issued-certificate", new IssuedCertificate("-----BEGIN CERTIFICATE-----", "eyJhbGci.eyJrZXki.c2lnbg") },
        { "device-certificate-page", new Page<DeviceCertificateView>([new DeviceCertificateView(new string('a', 64), Samples.Time, Samples.Time + 9, Samples.Time + 5, "lost")]) },
        { "revoke-certificate", new RevokeCertificate("lost") },
        { "device-state-change", new DeviceStateChange(DeviceState.Disabled, "sold") },
        { "revocation-list", new RevocationList(7, [new RefusedDevice(Samples.Device, DeviceState.Quarantined)], [new string('a', 64)]) },
        { "signed-config", new SignedConfig(Samples.Device, PinSet.ConfigKey, new JsonValue("{}")) },
        { "pin-set", new PinSet([PinSet.Of([1, 2, 3])]) },
        { "create-command", new CreateCommand("set-interval", new JsonValue("""{"seconds":5}"""), 3_600, "key-1", 10, "interval") },
        { "cancel-command", new CancelCommand("no longer needed") },
        { "command-page", new Page<CommandView>([new CommandView(Samples.Command, Samples.Device, "ping", JsonValue.Null, CommandState.Succeeded, true, 1, 100, Samples.Time, Samples.Time + 1, null, Samples.Time + 2, Samples.Time + 3, new JsonValue("true"), "ping", Samples.Batch1)]) },
        { "create-command-batch", new CreateCommandBatch("site=north,line in (a,b)", new CreateCommand("ping", IdempotencyKey: "key-2", Supersedes: "ping")) },
        { "command-batch-page", new Page<CommandBatchView>([new CommandBatchView(Samples.Batch1, "*", new CreateCommand("ping"), CommandBatchState.Created, 36, new CommandCounts(1, 2, 3, 4, 5, 6, 7, 8), Samples.Time, "wrong fleet")]) },
        { "config-write", new ConfigWrite(new JsonValue("[1,2]"), 3, Samples.Health) },
        { "config-patch", new ConfigPatch(new() { ["mode"] = new JsonValue("\"eco\""), ["old"] = JsonValue.Null }, 5, Samples.Health) },
        { "config-rules-write", new ConfigRulesWrite([new ConfigRulePattern("limits.*", ConfigRule.Custom, "safest")], 4, "after the audit") },
        { "config-rules-view", new ConfigRulesView(new ConfigRuleSet(5, [new ConfigRulePattern("tags", ConfigRule.JsonMerge)]), Samples.Time, "after the audit") },
        { "resolve-conflict", new ResolveConflict(ConflictPick.Loser, new JsonValue("7"), 5, "the panel was right") },
        { "conflict-replay", new ConflictReplay([new ConfigRulePattern("*", ConfigRule.Max)], Samples.Device, "limits.*", 1, 2, "3") },
        { "conflict-replay-answer", new ConflictReplayAnswer(1_000, [new ReplayedConflict(Samples.Conflict, ConfigRule.Max, new JsonValue("10"))], "next") },
        { "create-rollout", new CreateRollout("eco mode", "site=north", new() { ["mode"] = new JsonValue("\"eco\"") }, [new RolloutStage("canary=true"), new RolloutStage(Devices: 50), new RolloutStage(Percent: 100)], Samples.Health, 5, 600, 60, "key-3") },
        { "rollout-change", new RolloutChange("valve replaced", 10) },
        { "rollout-page", new Page<RolloutView>([new RolloutView(Samples.Rollout1, new CreateRollout("eco mode", "*", new() { ["mode"] = JsonValue.Null }, [new RolloutStage(Percent: 100)]), RolloutState.Halted, 1, [new RolloutStageView(10, 4, 3, 2, 1, Samples.Time)], Samples.Time, Samples.Time + 1, "1 of 10 devices failed")]) },
        { "rollout-device-page", new Page<RolloutDeviceView>([new RolloutDeviceView(Samples.Device, 1, RolloutDeviceState.Failed, "rolled back: pump stalled", Samples.Time)]) },
        { "config-document", new ConfigDocument(Samples.Device, 5, [new ConfigView(Samples.Entry(), 5, Samples.Time, new ConfigReport("sampling.interval", Samples.Vector("cloud"), ConfigStatus.Applied, null, new JsonValue("5")), Samples.Time)], Samples.DigestOf(5), 4, Samples.Time) },
        { "conflict-page", new Page<ConflictView>([Samples.Conflict], null) },
        { "alert-page", new Page<AlertView>([Samples.Alert, Samples.Alert with { Device = null, DeviceName = null, State = AlertState.Pending, FiringAt = null, ResolvedAt = null, AcknowledgedAt = null, AcknowledgedNote = null, Silenced = true }], Samples.Alert.Id) },
        { "fleet-status", new FleetStatus(Samples.Time, 3, new Dictionary<string, int> { ["failing"] = 1, ["ok"] = 2 }, new Dictionary<string, int> { ["unreachable"] = 1 }, new Dictionary<string, int> { ["1.0"] = 3 }, 500, 4_096, 1, 1, 1, 10_000, Samples.Time - 1, Samples.Time + 1) },
        { "fleet-device-page", new Page<FleetDevice>([new FleetDevice(Samples.Device, "pump 1", DeviceState.Active, new Dictionary<string, string> { ["site"] = "north" }, DeviceHealth.Failing, 500, 4_096, 1, true, "unreachable", Samples.Time, Samples.Time + 1, Samples.Time - 1, -2_000_000, "1.0", 1L << 40, 8_192, 16_384)], $"-500_{Samples.Device}") },
        { "fleet-map", new FleetMap(Samples.Time, [Samples.Device], "2") },
        { "fleet-map-change", new FleetMapChange(new Dictionary<string, string> { ["0"] = "6" }) },
        { "fleet-history", new FleetHistory([new FleetSample(Samples.Time, 3, 2, 0, 1, 500, 10_000, Samples.Time - 1, 250, 1_000, 4_757)]) },
        { "device-history", new DeviceHistory([new DeviceSample(Samples.Time, "ok", 500, 4_096, Samples.Time - 1, 1L << 40, 8_192)], Samples.Time + 1, Samples.Time + 2) },
        { "operator", new OperatorView("anna", true) },
        { "acknowledge-alert", new AcknowledgeAlert("on my way") },
        { "alert-rule-write", new AlertRuleWrite(AlertKind.OldestUnsyncedAge, AlertSeverity.Warning, 900, 60, 300, 30, "site=north", "{device} waits.", false) },
        { "alert-rules-view", new AlertRulesView([new AlertRuleView(new AlertRule("clock-wrong", AlertKind.ClockWrong, AlertSeverity.Info, 2.5), AlertRuleSource.BuiltIn, "s", Samples.Time)]) },
        { "create-alert-silence", new CreateAlertSilence(Samples.Time, "works at the mast", "device-silent", Samples.Device, "site=north") },
        { "alert-silence-page", new Page<AlertSilenceView>([new AlertSilenceView(Samples.Alert.Id, new CreateAlertSilence(Samples.Time, "works", "device-silent"), Samples.Time - 1)]) },
        { "alert-notification", new AlertNotification(Samples.Alert.Id, AlertEvent.Firing, "device-silent", AlertKind.DeviceSilent, AlertSeverity.Critical, "Nothing has come from pump 1 for 181 s.", 1, [Samples.Alert], Samples.Time, 2, true) },
        { "alert-notification-page", new Page<AlertNotificationView>([new AlertNotificationView(Samples.Alert.Id, "pager", "device-silent", AlertEvent.Resolved, NotificationState.Dead, 12, Samples.Time, new JsonValue("{}"), Samples.Time + 1, Samples.Time + 2, "Answered with 503.")]) },
        { "problem", ProblemTypes.SequenceHole.With("Expected 20.") with { TraceId = "4bf92f3577b34da6a3ce929d0e0e4736", Epoch = Samples.Epoch, Watermark = 19, Digest = Samples.DigestOf(4) } },
        { "problem-validation", ProblemTypes.Validation.With("Two fields.") with { Errors = new() { ["kind"] = "is empty" } } },
    };

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void Message_travels_as_its_golden_file_says(string name, object message)
    {
        var type = ProtocolJson.Default.GetTypeInfo(message.GetType())!;
        var text = JsonSerializer.Serialize(message, type);

        Golden.Check($"{name}.json", Pretty(text));
        Assert.Equal(Golden.Read($"{name}.json"), Pretty(JsonSerializer.Serialize(JsonSerializer.Deserialize(Golden.Read($"{name}.json"), type), type)));
    }

    [Fact]
    public void Every_message_of_the_protocol_has_a_golden_file()
    {
        var covered = Messages.Select(row => row.Data.Item2.GetType()).ToHashSet();
        var nested = new HashSet<Type> { typeof(VersionVector), typeof(Dictionary<string, string>) };
        var missing = typeof(ProtocolJson).GetProperties()
            .Where(property => property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(JsonTypeInfo<>))
            .Select(property => property.PropertyType.GetGenericArguments()[0])
            .Where(type => type.Namespace == typeof(Problem).Namespace && type is { IsEnum: false, IsValueType: false })
            .Where(type => !covered.Contains(type) && !nested.Contains(type) && !covered.Any(message => Reaches(message, type, 4)));

        Assert.Empty(missing);
    }

    [Fact]
    public void Telemetry_batch_travels_as_its_golden_files_say()
    {
        var batch = Samples.Batch();

        Golden.Check("telemetry-batch.hex", Convert.ToHexStringLower(TelemetryCodec.EncodeProtobuf(batch)) + "\n");
        Golden.Check("telemetry-batch.json", Pretty(TelemetryCodec.EncodeJson(batch)));
        Batches.AssertEqual(batch, TelemetryCodec.DecodeProtobuf(Convert.FromHexString(Golden.Read("telemetry-batch.hex").Trim())));
        Batches.AssertEqual(batch, TelemetryCodec.DecodeJson(System.Text.Encoding.UTF8.GetBytes(Golden.Read("telemetry-batch.json"))));
    }

    [Fact]
    public void Repair_travels_as_its_golden_files_say()
    {
        var repair = new TelemetryRepair(Samples.Epoch, [Samples.Batch()], [new PositionDigest(19, Samples.DigestOf(7))]);

        Golden.Check("telemetry-repair.hex", Convert.ToHexStringLower(TelemetryCodec.EncodeProtobuf(repair)) + "\n");
        Golden.Check("telemetry-repair.json", Pretty(TelemetryCodec.EncodeJson(repair)));
        foreach (var read in (TelemetryRepair[])
            [
                TelemetryCodec.DecodeRepairProtobuf(Convert.FromHexString(Golden.Read("telemetry-repair.hex").Trim())),
                TelemetryCodec.DecodeRepairJson(System.Text.Encoding.UTF8.GetBytes(Golden.Read("telemetry-repair.json"))),
            ])
        {
            Batches.AssertEqual(Samples.Batch(), Assert.Single(read.Runs));
            Assert.Equal(repair.Witnesses, read.Witnesses);
        }
    }

    [Fact]
    public void Canonical_bytes_and_digests_are_those_of_the_golden_file()
    {
        var lines = new List<string>();
        var digest = DigestChain.Origin(Samples.Device, Samples.Epoch);
        lines.Add($"D(0) {digest}");
        foreach (var (reading, number) in Samples.Readings.Select((reading, index) => (reading, index + 1)))
        {
            digest = DigestChain.Next(digest, reading);
            lines.Add($"canonical({number}) {Convert.ToHexStringLower(DigestChain.Canonical(reading))}");
            lines.Add($"D({number}) {digest}");
        }

        Golden.Check("digests.txt", string.Join('\n', lines) + "\n");
    }

    private static string Pretty(string json) => JsonNode.Parse(json)!.ToJsonString(Indented) + "\n";

    private static bool Reaches(Type from, Type to, int depth) =>
        from == to || (depth > 0 && from.GetProperties().Select(property => property.PropertyType)
            .SelectMany(type => type.IsGenericType ? type.GetGenericArguments().Append(type) : [type])
            .Any(type => type != from && type.Namespace is { } space && (space.StartsWith("EdgeSync", StringComparison.Ordinal) || type.IsGenericType) && Reaches(type, to, depth - 1)));
}
