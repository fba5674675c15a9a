using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace EdgeSync.ServiceDefaults;

/// <summary>Which instance of a service this is, for people: <c>service.instance.id</c> of <c>OTEL_RESOURCE_ATTRIBUTES</c>, as its telemetry says too, or machine and process.</summary>
/// <param name="Value">At most 128 characters.</param>
public sealed record InstanceName(string Value)
{
    private const string Attributes = "OTEL_RESOURCE_ATTRIBUTES";
    private const string Attribute = "service.instance.id=";
    private const int CharsMax = 128;

    /// <summary>Reads it from a service's settings.</summary>
    public static InstanceName Of(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var named = configuration[Attributes]?.Split(',', StringSplitOptions.TrimEntries)
            .FirstOrDefault(pair => pair.StartsWith(Attribute, StringComparison.Ordinal))?[Attribute.Length..];
        return new InstanceName(Cut(
            string.IsNullOrEmpty(named) ? string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}") : named));
    }

    // A database of text keeps no zero character, and no half of one.
    private static string Cut(string text) =>
        text.Replace('\0', ' ') is var kept && kept.Length <= CharsMax ? kept : kept[..(char.IsHighSurrogate(kept[CharsMax - 1]) ? CharsMax - 1 : CharsMax)];
}
