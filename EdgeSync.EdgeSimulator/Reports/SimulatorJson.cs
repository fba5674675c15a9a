using System.Text.Json.Serialization;

namespace EdgeSync.EdgeSimulator;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ControlPlaneSettings))]
[JsonSerializable(typeof(FleetSettings))]
[JsonSerializable(typeof(WorkerReport))]
internal sealed partial class SimulatorJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(ReportCharts))]
internal sealed partial class ReportJson : JsonSerializerContext;
