using System.Globalization;
using System.Reflection;
using EdgeSync.Commands;
using EdgeSync.Gateway;
using EdgeSync.Ingest;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Architecture.Tests;

/// <summary>A setting of a service as its options class has it: key, type and default in the words of docs/configuration.md.</summary>
internal sealed record Setting(string Key, string Type, string Default)
{
    private static readonly Assembly[] Services = [typeof(GatewayOptions).Assembly, typeof(IngestOptions).Assembly, typeof(CommandsOptions).Assembly, typeof(ServiceDefaultsOptions).Assembly];

    /// <summary>Every class that is bound to a section of the configuration; it names the section itself.</summary>
    public static IReadOnlyList<Type> Classes { get; } = [.. Services.SelectMany(ClassesIn)];

    /// <summary>What those classes say, and no other page may say twice.</summary>
    public static IReadOnlyList<Setting> All { get; } = [.. Services.SelectMany(In)];

    /// <summary>What the classes of one assembly say.</summary>
    public static IEnumerable<Setting> In(Assembly service) => ClassesIn(service).SelectMany(type => Of(SectionOf(type)!, type));

    public static string? SectionOf(Type type) => type.GetField("Section")?.GetRawConstantValue() as string;

    private static IEnumerable<Type> ClassesIn(Assembly service) =>
        service.GetTypes().Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && SectionOf(type) is not null);

    /// <summary>The settings of a class, those of a list's entries with N for their number.</summary>
    public static IEnumerable<Setting> Of(string section, Type type)
    {
        var defaults = Activator.CreateInstance(type);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var key = $"{section}:{property.Name}";
            var entry = property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? property.PropertyType.GenericTypeArguments[0] : null;
            foreach (var setting in entry is null ? [new Setting(key, TypeOf(property), Text(property.GetValue(defaults), property.Name))]
                : entry == typeof(string) ? [new Setting(key + ":N", "text", "-")]
                : Of(key + ":N", entry))
            {
                yield return setting;
            }
        }
    }

    private static string TypeOf(PropertyInfo property) => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType).Name switch
    {
        nameof(Int32) => "integer",
        nameof(Double) => "number",
        nameof(Boolean) => "true or false",
        nameof(TimeSpan) => "time",
        _ when property.Name.EndsWith("Path", StringComparison.Ordinal) => "path",
        _ when property.Name is "Secret" || property.Name.EndsWith("Password", StringComparison.Ordinal) => "secret",
        _ => "text",
    };

    private static string Text(object? value, string name) => value switch
    {
        null or "" => "-",
        int number when name.EndsWith("Port", StringComparison.Ordinal) => number.ToString(CultureInfo.InvariantCulture),
        int number => number.ToString("N0", CultureInfo.InvariantCulture),
        double number => number.ToString("#,0.####", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        TimeSpan time => time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "c" : @"hh\:mm\:ss\.FFFFFFF", CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
