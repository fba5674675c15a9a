using System.Reflection;
using EdgeSync.Protocol;

namespace EdgeSync.Architecture.Tests;

/// <summary>docs/protocol.md says what the code does: whoever writes a device in another language has nothing else.</summary>
public sealed class ProtocolDocumentTests
{
    private static readonly Document Protocol = Document.Load("docs/protocol.md");

    [Fact]
    public void The_table_of_problems_is_the_one_in_the_code() => Assert.Equal(
        ProblemTypes.All.Select(type => $"{type.Code} {type.Status} {Words.Of(type.Category)} {Words.Of(type.Action)} {type.Title}"),
        Protocol.Table("code", "status", "category", "action", "title").Select(row => string.Join(' ', row)));

    [Fact]
    public void Every_problem_in_the_code_is_in_its_list() => Assert.Equal(
        typeof(ProblemTypes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => ((ProblemType)field.GetValue(null)!).Code).Order(StringComparer.Ordinal),
        ProblemTypes.All.Select(type => type.Code).Order(StringComparer.Ordinal));

    [Fact]
    public void The_table_of_paths_is_the_one_in_the_code() => Assert.Equal(
        typeof(Routes).GetFields().Select(field => (string)field.GetRawConstantValue()!).Order(StringComparer.Ordinal),
        Protocol.Table("path", "methods", "who", "service").Select(row => row[0]).Order(StringComparer.Ordinal));

    [Fact]
    public void A_row_that_differs_would_be_seen()
    {
        var document = new Document("x.md", "| code | status |\n|---|---|\n| `a` | 400 |\n| b\\|c | 500 |\n\nend\n");

        Assert.Equal([["a", "400"], ["b|c", "500"]], document.Table("code", "status"));
        Assert.Empty(document.Table("code", "title"));
    }
}
