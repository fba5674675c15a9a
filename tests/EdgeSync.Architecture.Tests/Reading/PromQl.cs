using System.Text.RegularExpressions;

namespace EdgeSync.Architecture.Tests;

/// <summary>What an expression of Prometheus names: enough of its language for the dashboards here.</summary>
internal static partial class PromQl
{
    public static IEnumerable<string> Metrics(string expression) =>
        Name().Matches(Grouping().Replace(Selector().Replace(Text().Replace(expression, ""), ""), "")).Select(match => match.Value).Distinct();

    public static IEnumerable<string> Labels(string expression) =>
        Selector().Matches(Text().Replace(expression, "")).SelectMany(match => Label().Matches(match.Value))
            .Concat(Grouping().Matches(expression).SelectMany(match => Label().Matches(match.Groups["labels"].Value)))
            .Select(match => match.Value).Where(label => label != "le").Distinct();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Text();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Selector();

    [GeneratedRegex(@"\b(by|without|on|ignoring)\s*\((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"[a-z_]\w*")]
    private static partial Regex Label();

    // A name that no bracket follows is no function.
    [GeneratedRegex(@"(?<![\w$])[a-z]\w*_\w+\b(?!\s*\()")]
    private static partial Regex Name();
}
