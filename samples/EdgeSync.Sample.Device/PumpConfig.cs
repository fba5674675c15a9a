using EdgeSync.Edge;
using EdgeSync.Protocol;

namespace EdgeSync.Sample.Device;

/// <summary>The key <c>pump.mode</c>: what it may be, what it does, and how the program knows that it does no harm.</summary>
internal static class PumpConfig
{
    public const string ModeKey = "pump.mode";

    /// <summary>Operators name it in the health condition of a change: <c>{"check": "pump-runs", "withinSeconds": 60}</c>.</summary>
    public const string CheckName = "pump-runs";

    private const double BarMax = 5;

    /// <summary>What is rejected here is reported to operators with the reason, and the value before stays.</summary>
    public static string? Validate(string key, JsonValue? value) =>
        key != ModeKey || value?.Text is null or "\"eco\"" or "\"boost\"" ? null : "pump.mode is \"eco\" or \"boost\".";

    public static void Apply(Pump pump, JsonValue? value) => pump.SetMode(value?.Text.Trim('"') ?? "eco");

    public static ConfigCheckResult Check(Pump pump) =>
        pump.Pressure <= BarMax ? ConfigCheckResult.Healthy : ConfigCheckResult.Failed($"The pressure is beyond {BarMax} bar.");
}
