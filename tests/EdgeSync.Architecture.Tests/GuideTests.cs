using EdgeSync.Edge;
using EdgeSync.Protocol;

namespace EdgeSync.Architecture.Tests;

/// <summary>Guides have an entry for each thing that somebody may look up in them, and show the code that is built.</summary>
public sealed class GuideTests
{
    private static readonly string[] Kinds = [.. Enum.GetValues<AlertKind>().Select(kind => Words.Of(kind))];

    [Fact]
    public void Every_alert_rule_has_a_section_in_the_runbook() => Assert.Equal(
        Kinds.Order(StringComparer.Ordinal), Document.Load("docs/operating.md").Headings(3).Where(Kinds.Contains).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_section_of_an_alert_says_what_it_means_how_to_see_it_and_what_to_do() => Rule.Holds(
        from kind in Kinds
        let section = Document.Load("docs/operating.md").Section(kind)
        from part in new[] { "**Means**", "**See**", "**Do**" }
        where !section.Contains(part, StringComparison.Ordinal)
        select $"docs/operating.md says nothing of {part} for {kind}.");

    [Fact]
    public void Every_reason_has_an_entry_in_troubleshooting_and_no_other_has() => Assert.Equal(
        RecoveryRules.All.Select(rule => rule.Code).Order(StringComparer.Ordinal),
        Document.Load("docs/troubleshooting.md").Table("reason", "what it looks like", "what to do").SelectMany(row => row[0].Split(", ")).Order(StringComparer.Ordinal));

    [Fact]
    public void Code_in_the_guide_for_devices_is_the_samples() => Rule.Holds(
        from block in Document.Load("docs/embedding.md").Blocks()
        where block.Info == "csharp" && !SourceFile.Product.Any(file => file.Room == "samples" && file.Text.Contains(block.Text, StringComparison.Ordinal))
        select $"docs/embedding.md shows code that no sample has:\n{block.Text}");
}
