using System.Globalization;
using System.Text.Json;
using EdgeSync.Edge;
using EdgeSync.Protocol;

namespace EdgeSync.Sample.Device;

/// <summary>What operators may have it do. Arguments are checked before a handler is called.</summary>
internal static class PumpCommands
{
    /// <summary>Opening it twice is opening it once, so it may run again after a crash.</summary>
    public static CommandHandler OpenValve(Pump pump) => new("open-valve", MayRunAgain: true, (command, ct) =>
    {
        ct.ThrowIfCancellationRequested();
        using var payload = JsonDocument.Parse(command.Payload.Text);
        pump.OpenValve(payload.RootElement.GetProperty("percent").GetDouble());
        return Task.FromResult<JsonValue?>(new JsonValue(string.Create(CultureInfo.InvariantCulture, $$"""{"bar": {{pump.Pressure:0.00}}}""")));
    })
    {
        Arguments = [CommandArgument.Number("percent", 0, 100)],
    };

    /// <summary>Its whole effect is in the device's file: reading and result are kept together, or neither is.</summary>
    public static CommandHandler TakeSample(Pump pump, TimeProvider time) => CommandHandler.InTransaction("take-sample", transaction =>
    {
        transaction.Append([new Reading("pump.sample", Microseconds.From(time.GetUtcNow()), pump.Pressure)]);
        return null;
    });
}
