using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using EdgeSync.Commands;
using EdgeSync.Gateway;
using EdgeSync.Ingest;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Deploy.Tests;

/// <summary>The settings that a service reads: the properties of its options, and the few keys that are read one by one.</summary>
internal sealed class KnownSettings
{
    // Of the host, of Kestrel and of OpenTelemetry: theirs to document.
    private const string Framework = "ASPNETCORE_[A-Z_]+|DOTNET_[A-Za-z_]+|OTEL_[A-Z_]+|Logging:LogLevel:[A-Za-z.]+|Kestrel:Endpoints:(Http|H2c):(Url|Protocols)";
    private const string Database = "ConnectionStrings:edgesync|Database:(Migrations|HistoryRetention|FollowerReads)|Aspire:Npgsql:(ConnectionString|DisableHealthChecks|DisableTracing|DisableMetrics)";
    private const string Discovery = @"Services:(ingest|commands):h2c:\d+";

    private static readonly (string Section, Type Type)[] Shared = [(DeviceTokenOptions.Section, typeof(DeviceTokenOptions)), (OperatorOptions.Section, typeof(OperatorOptions))];

    private static readonly Dictionary<string, KnownSettings> Services = new()
    {
        ["gateway"] = new(
            Discovery,
            [(GatewayOptions.Section, typeof(GatewayOptions)), (LimitOptions.Section, typeof(LimitOptions)), (TokenOptions.Section, typeof(TokenOptions)), (RevocationOptions.Section, typeof(RevocationOptions)), (AdmissionOptions.Section, typeof(AdmissionOptions))]),
        ["ingest"] = new(Database, [(IngestOptions.Section, typeof(IngestOptions)), (ReceiptOptions.Section, typeof(ReceiptOptions))]),
        ["commands"] = new(
            Database,
            [(CommandsOptions.Section, typeof(CommandsOptions)), (FleetOptions.Section, typeof(FleetOptions)), (AlertOptions.Section, typeof(AlertOptions)), (StatusOptions.Section, typeof(StatusOptions))]),
    };

    private readonly Regex _pattern;

    private KnownSettings(string own, (string Section, Type Type)[] options) =>
        _pattern = new Regex($"^({string.Join('|', options.Concat(Shared).SelectMany(pair => Keys(pair.Section, pair.Type)).Concat([own, Framework]))})$", RegexOptions.IgnoreCase);

    public static KnownSettings Of(string service) => Services[service];

    /// <summary>Whether a variable of the environment is one of them.</summary>
    public bool Knows(string variable) => _pattern.IsMatch(variable.Replace("__", ":", StringComparison.Ordinal));

    private static IEnumerable<string> Keys(string path, Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).SelectMany(property => Key($"{path}:{property.Name}", property.PropertyType));

    private static IEnumerable<string> Key(string path, Type type) =>
        type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type) ? Key($@"{path}:\d+", type.GetGenericArguments()[^1])
        : (type.Namespace ?? "").StartsWith("EdgeSync", StringComparison.Ordinal) && !type.IsEnum ? Keys(path, type)
        : [path];
}
