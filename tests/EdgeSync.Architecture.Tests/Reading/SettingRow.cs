using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeSync.Architecture.Tests;

/// <summary>A row of docs/configuration.md.</summary>
internal sealed partial record SettingRow(string Key, string Environment, string Type, string Unit, string Default, string Range, string Change, string Meaning)
{
    private static readonly string[] Header = ["key", "environment", "type", "unit", "default", "range", "change", "what it is"];

    public static IReadOnlyList<SettingRow> All { get; } = [.. In(Document.Load("docs/configuration.md"))];

    public bool HasRange => Range != "-";

    private long Step => Unit == "whole seconds" ? TimeSpan.TicksPerSecond : 1;

    public static IEnumerable<SettingRow> In(Document document) =>
        document.Tables(Header).Select(row => new SettingRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]));

    /// <summary>The row of a key that a program or a file uses, where a number in it is some entry of a list.</summary>
    public static SettingRow? Find(string key) => All.FirstOrDefault(row => row.Key.Equals(Number().Replace(key, ":N"), StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether there are rows below a key.</summary>
    public static bool IsSection(string key) => All.Any(row => row.Key.StartsWith(key.TrimEnd(':') + ":", StringComparison.OrdinalIgnoreCase));

    /// <summary>What the range says is good, and what lies just outside of it, as configuration has them.</summary>
    public (string[] Good, string[] Bad) Edges()
    {
        var range = RangeText().Match(Range);
        Assert.True(range.Success, $"{Key} has the range '{Range}'. Write A to B, or 0 or A to B.");
        var (least, most) = (range.Groups["least"].Value, range.Groups["most"].Value);
        string[] also = range.Groups["zero"].Success ? ["0"] : [];
        return Type switch
        {
            "integer" => ([.. also, $"{Integer(least)}", $"{Integer(most)}"], [$"{Integer(least) - 1}", $"{Integer(most) + 1}"]),
            "number" => ([Text(Double(least)), Text(Double(most))], [Text(Double(least) - 0.001), Text(Double(most) + 0.001), "NaN"]),
            "time" => ([least, most], [Moved(least, -Step), Moved(most, Step)]),
            _ => throw new InvalidOperationException($"{Key} is of type {Type}, which has no range."),
        };
    }

    /// <summary>The range's ends as numbers.</summary>
    public (double Least, double Most) Ends() => RangeText().Match(Range) is var range ? (range.Groups["zero"].Success ? 0 : Double(range.Groups["least"].Value), Double(range.Groups["most"].Value)) : default;

    private static long Integer(string text) => long.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static double Double(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Moved(string time, long ticks) => (TimeSpan.Parse(time, CultureInfo.InvariantCulture) + TimeSpan.FromTicks(ticks)).ToString("c", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<zero>0 or )?(?<least>[\d.,:]+) to (?<most>[\d.,:]+)$")]
    private static partial Regex RangeText();

    [GeneratedRegex(@":\d+(?=:|$)")]
    private static partial Regex Number();
}
