using System.Text.RegularExpressions;

namespace EdgeSync.Architecture.Tests;

/// <summary>Documents that name what is not there are worse than none.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Every_path_named_in_a_document_exists() => Rule.Holds(Document.All.SelectMany(MissingPaths));

    [Fact]
    public void Every_relative_link_leads_somewhere() => Rule.Holds(Document.All.SelectMany(DeadLinks));

    [Fact]
    public void Every_room_is_in_the_readme_and_the_architecture() => Rule.Holds(
        from document in new[] { Document.Load("README.md"), Document.Load("docs/architecture.md") }
        from room in ProjectFile.Rooms
        where !document.Table(document.Path == "README.md" ? ["folder", "what"] : ["room", "what is in it", "may know"]).Any(row => row[0] == room.Name)
        select $"{document.Path} has no row for {room.Name}.");

    [Fact]
    public void Decisions_are_numbered_short_and_in_three_parts() =>
        Rule.Holds(Decisions(Document.All.Where(document => document.Path.StartsWith("docs/adr/", StringComparison.Ordinal))));

    [Theory]
    [InlineData("see `EdgeSync.Edge/Sync/Nothing.cs`")]
    [InlineData("see `Nothing.cs`")]
    [InlineData("see `edgeSync.sln`")]
    [InlineData("see `docs/nothing/`")]
    [InlineData("see `EdgeSync.Billing`")]
    [InlineData("```\ndotnet run --project EdgeSync.Billing\n```")]
    public void A_path_that_does_not_exist_is_found(string text) => Assert.Single(MissingPaths(new Document("docs/x.md", text)));

    [Theory]
    [InlineData("`EdgeSync.Protocol/Routes.cs`, `Routes.cs`, `docs/`, `EdgeSync.Edge`, `EdgeSync.*`")]
    [InlineData("`/v1/telemetry`, `application/json`, `edgesync/stream/1`, `FILE.json`, `devices/00000/device.db`, `EdgeSync-Batch`")]
    [InlineData("```\nsee `Nothing.cs`\n```")]
    public void Other_names_are_not_taken_for_paths(string text) => Assert.Empty(MissingPaths(new Document("docs/x.md", text)));

    [Theory]
    [InlineData("[a](nothing.md)")]
    [InlineData("[a](../nothing/)")]
    [InlineData("[a](protocol.md#nothing)")]
    [InlineData("[a](#nothing)")]
    public void A_dead_link_is_found(string text) => Assert.Single(DeadLinks(new Document("docs/x.md", text)));

    [Theory]
    [InlineData("[a](protocol.md), [b](protocol.md#problems), [c](../EdgeSync.Edge/), [d](https://example.com/nothing)")]
    [InlineData("# A heading, and more\n[a](#a-heading-and-more)")]
    public void A_live_link_is_not(string text) => Assert.Empty(DeadLinks(new Document("docs/x.md", text)));

    [Fact]
    public void A_decision_without_its_parts_or_number_is_found() => Assert.Equal(
        [
            "docs/adr/0002-x.md is number 1 of the decisions.",
            "docs/adr/0002-x.md has no heading '## Decision'.",
            "docs/adr/0002-x.md has 42 lines, 40 at most.",
        ],
        Decisions([new Document("docs/adr/0002-x.md", "# x\n## Problem\n## Consequences\n" + new string('\n', 39))]));

    private static IEnumerable<string> MissingPaths(Document document) =>
        document.CodeSpans().Where(IsPath).Where(span => !Exists(span))
            .Concat(document.CommandProjects().Where(project => !Repository.Has(project)))
            .Distinct().Select(path => $"{document.Path} names {path}, which does not exist.");

    private static bool IsPath(string span) => !NotInPaths().IsMatch(span) && (InRepository().IsMatch(span) || SourceName().IsMatch(span));

    // A file's name alone, or the end of its path, is enough.
    private static bool Exists(string span) =>
        Repository.Has(span) || (SourceName().IsMatch(span) && Repository.Files.Any(file => file.EndsWith("/" + span, StringComparison.Ordinal)));

    private static IEnumerable<string> DeadLinks(Document document)
    {
        foreach (var link in document.Links().Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal)))
        {
            var (target, anchor) = link.Split('#') is [var path, var heading] ? (path, heading) : (link, null);
            var folder = Path.GetDirectoryName(document.Path) ?? "";
            var full = target.Length == 0 ? document.Path : Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, folder, target)).Replace('\\', '/');
            var anchors = target.Length == 0 ? document.Anchors() : Document.All.FirstOrDefault(other => other.Path == full)?.Anchors();
            if ((target.Length > 0 && !Repository.Has(full)) || (anchor is not null && anchors?.Contains(anchor) != true))
            {
                yield return $"{document.Path} links to {link}, which does not exist.";
            }
        }
    }

    private static IEnumerable<string> Decisions(IEnumerable<Document> decisions)
    {
        foreach (var (index, decision) in decisions.OrderBy(decision => decision.Path, StringComparer.Ordinal).Index())
        {
            if (!Path.GetFileName(decision.Path).StartsWith($"{index + 1:D4}-", StringComparison.Ordinal))
            {
                yield return $"{decision.Path} is number {index + 1} of the decisions.";
            }

            foreach (var heading in new[] { "## Problem", "## Decision", "## Consequences" }.Where(heading => !decision.Text.Contains(heading, StringComparison.Ordinal)))
            {
                yield return $"{decision.Path} has no heading '{heading}'.";
            }

            var lines = decision.Text.Count(character => character == '\n');
            if (lines > 40)
            {
                yield return $"{decision.Path} has {lines} lines, 40 at most.";
            }
        }
    }

    [GeneratedRegex(@"[\s*<>{}()=|,;]|://|^/")]
    private static partial Regex NotInPaths();

    [GeneratedRegex(@"^(EdgeSync\.\w+(/|$)|tests/|samples/|docs/|deploy/|\.ci/)")]
    private static partial Regex InRepository();

    [GeneratedRegex(@"^[\w./-]+\.(cs|csproj|sln|sql|proto|props|md|txt|editorconfig)$")]
    private static partial Regex SourceName();
}
