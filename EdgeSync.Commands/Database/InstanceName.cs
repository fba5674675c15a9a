using System.Globalization;

namespace EdgeSync.Commands;

/// <summary>Which instance of the service this is, for people: <c>service.instance.id</c> of <c>OTEL_RESOURCE_ATTRIBUTES</c>, as its telemetry says too, or machine and process.</summary>
internal sealed record InstanceName(string Value)
{
    private const string Attributes = "OTEL_RESOURCE_ATTRIBUTES";
    private const string Attribute = "service.instance.id=";
    private const int CharsMax = 128;

    public static InstanceName Of(IConfiguration configuration)
    {
        var named = configuration[Attributes]?.Split(',', StringSplitOptions.TrimEntries)
            .FirstOrDefault(pair => pair.StartsWith(Attribute, StringComparison.Ordinal))?[Attribute.Length..];
        return new InstanceName(Texts.Cut(
            string.IsNullOrEmpty(named) ? string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}") : named, CharsMax)!);
    }
}
