using System.Text.RegularExpressions;

namespace EdgeSync.Architecture.Tests;

/// <summary>A Markdown file: what its prose names. Fenced blocks are examples and diagrams, and are left out.</summary>
internal sealed partial record Document(string Path, string Text)
{
    private readonly string _prose = Fence().Replace(Text, "");

    public static IReadOnlyList<Document> All { get; } =
        [.. Repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal)).Select(file => new Document(file, Repository.Read(file)))];

    public static Document Load(string path) => All.Single(document => document.Path == path);

    public IEnumerable<string> CodeSpans() => CodeSpan().Matches(_prose).Select(match => match.Groups[1].Value);

    public IEnumerable<string> Links() => Link().Matches(_prose).Select(match => match.Groups[1].Value);

    /// <summary>Each project that a command anywhere in it names.</summary>
    public IEnumerable<string> CommandProjects() => CommandProject().Matches(Text).Select(match => match.Groups[1].Value);

    /// <summary>Each fenced block, those in lists too: what stands behind the fence, and its lines.</summary>
    public IEnumerable<(string Info, string Text)> Blocks() => Block().Matches(Text).Select(match => (match.Groups["info"].Value.Trim(), match.Groups["text"].Value));

    /// <summary>The headings of a level, without backticks.</summary>
    public IEnumerable<string> Headings(int level) =>
        _prose.Split('\n').Where(line => line.StartsWith(new string('#', level) + " ", StringComparison.Ordinal)).Select(line => line[(level + 1)..].Replace("`", "", StringComparison.Ordinal).Trim());

    /// <summary>What stands beneath a heading, up to the next one; empty when there is none.</summary>
    public string Section(string heading)
    {
        var lines = Text.Split('\n').SkipWhile(line => !line.StartsWith('#') || line.Trim('#', ' ', '`') != heading).ToList();
        return string.Join('\n', lines.Take(1).Concat(lines.Skip(1).TakeWhile(line => !line.StartsWith('#'))));
    }

    /// <summary>The headings as links name them.</summary>
    public IEnumerable<string> Anchors() => Heading().Matches(_prose)
        .Select(match => NotInAnchors().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Trim().Replace(' ', '-'));

    /// <summary>The rows of the table with this header, cells trimmed of spaces and backticks; empty when there is none.</summary>
    public IReadOnlyList<string[]> Table(params string[] header)
    {
        var lines = _prose.Split('\n');
        var start = Array.FindIndex(lines, line => Cells(line).SequenceEqual(header));
        return start < 0 ? [] : RowsAfter(lines, start);
    }

    /// <summary>The rows of all tables with this header.</summary>
    public IEnumerable<string[]> Tables(params string[] header)
    {
        var lines = _prose.Split('\n');
        return lines.Index().Where(line => Cells(line.Item).SequenceEqual(header)).SelectMany(line => RowsAfter(lines, line.Index));
    }

    private static IReadOnlyList<string[]> RowsAfter(string[] lines, int header) => [.. lines.Skip(header + 2).TakeWhile(line => line.StartsWith('|')).Select(Cells)];

    // A bar inside a cell is written \|.
    private static string[] Cells(string line) =>
        line.StartsWith('|') ? [.. Bar().Split(line.Trim().Trim('|')).Select(cell => cell.Replace("\\|", "|", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal).Trim())] : [];

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^(?<indent> *)```(?<info>[^\n`]*)\n(?<text>.*?)^\k<indent>```[ ]*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"--project\s+([^\s`]+)")]
    private static partial Regex CommandProject();

    [GeneratedRegex(@"^#+\s+(.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();
}
