using System.Reflection;
using System.Text.RegularExpressions;
using EdgeSync.Commands;
using EdgeSync.Gateway;
using EdgeSync.Ingest;
using EdgeSync.ServiceDefaults;
using OfService = EdgeSync.Architecture.Tests.Setting;

namespace EdgeSync.Deploy.Tests;

/// <summary>The settings that a service reads: the properties of its options, and the few keys that are read one by one.</summary>
internal sealed partial class KnownSettings
{
    // Of the host, of Kestrel and of OpenTelemetry: theirs to document.
    private const string Framework = "ASPNETCORE_[A-Z_]+|DOTNET_[A-Za-z_]+|OTEL_[A-Z_]+|Logging:LogLevel:[A-Za-z.]+|Kestrel:Endpoints:(Http|H2c):(Url|Protocols)";
    private const string Database = "ConnectionStrings:edgesync|Database:(Migrations|HistoryRetention|FollowerReads)|Aspire:Npgsql:(ConnectionString|DisableHealthChecks|DisableTracing|DisableMetrics)";
    private const string Discovery = @"Services:(ingest|commands):h2c:\d+";

    private static readonly Dictionary<string, KnownSettings> Services = new()
    {
        ["gateway"] = new(Discovery, typeof(GatewayOptions).Assembly),
        ["ingest"] = new(Database, typeof(IngestOptions).Assembly),
        ["commands"] = new(Database, typeof(CommandsOptions).Assembly),
    };

    private readonly Regex _pattern;

    private KnownSettings(string own, Assembly service) =>
        _pattern = new Regex($"^({string.Join('|', OfService.In(service).Concat(OfService.In(typeof(OperatorOptions).Assembly)).Select(Pattern).Concat([own, Framework]))})$", RegexOptions.IgnoreCase);

    public static KnownSettings Of(string service) => Services[service];

    /// <summary>Whether a variable of the environment is one of them.</summary>
    public bool Knows(string variable) => _pattern.IsMatch(variable.Replace("__", ":", StringComparison.Ordinal));

    private static string Pattern(OfService setting) => Number().Replace(setting.Key, @":\d+");

    // Some entry of a list, as the page of settings has it.
    [GeneratedRegex(":N(?=:|$)")]
    private static partial Regex Number();
}
