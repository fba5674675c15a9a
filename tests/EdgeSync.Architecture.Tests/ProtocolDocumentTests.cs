using System.Reflection;
using EdgeSync.Protocol;
using Microsoft.CodeAnalysis.CSharp.Syntax;

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
    public void Each_path_is_mapped_with_the_methods_and_in_the_service_that_the_table_names() => Assert.Equal(
        Protocol.Table("path", "methods", "who", "service").SelectMany(row => row[1].Split(", ").Select(method => $"{method} {row[0]} {row[3]}")).Order(StringComparer.Ordinal),
        SourceFile.Product.SelectMany(Endpoints).Order(StringComparer.Ordinal));

    [Fact]
    public void An_endpoint_is_found_where_it_is_mapped() =>
        Assert.Equal(["PUT /v1/telemetry Ingest"], Endpoints(new SourceFile("EdgeSync.Ingest/X.cs", "class X { void Map() => app.MapPut(Routes.Telemetry, Do); }")));

    [Fact]
    public void A_row_that_differs_would_be_seen()
    {
        var document = new Document("x.md", "| code | status |\n|---|---|\n| `a` | 400 |\n| b\\|c | 500 |\n\nend\n");

        Assert.Equal([["a", "400"], ["b|c", "500"]], document.Table("code", "status"));
        Assert.Empty(document.Table("code", "title"));
    }

    private static IEnumerable<string> Endpoints(SourceFile file) =>
        from call in file.Root.DescendantNodes().OfType<InvocationExpressionSyntax>()
        let name = (call.Expression as MemberAccessExpressionSyntax)?.Name.Identifier.ValueText
        where name is "MapGet" or "MapPost" or "MapPut" or "MapDelete" or "MapPatch"
        let route = call.ArgumentList.Arguments[0].Expression as MemberAccessExpressionSyntax
        where route?.Expression.ToString() == nameof(Routes)
        select $"{name[3..].ToUpperInvariant()} {typeof(Routes).GetField(route.Name.Identifier.ValueText)!.GetRawConstantValue()} {file.Room["EdgeSync.".Length..]}";
}
