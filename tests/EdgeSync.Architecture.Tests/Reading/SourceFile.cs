using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeSync.Architecture.Tests;

/// <summary>A C# file, parsed.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    private readonly Lazy<SyntaxNode> _root = new(() => CSharpSyntaxTree.ParseText(Text).GetRoot());

    /// <summary>Every product file; tests are free to do what the product must not.</summary>
    public static IReadOnlyList<SourceFile> Product { get; } =
        [.. Repository.Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal) && (file.StartsWith("EdgeSync.", StringComparison.Ordinal) || file.StartsWith("samples/", StringComparison.Ordinal))).Select(Load)];

    public static IReadOnlyList<SourceFile> Tests { get; } =
        [.. Repository.Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal) && file.StartsWith("tests/", StringComparison.Ordinal)).Select(Load)];

    /// <summary>The project's folder.</summary>
    public string Room => Path.Split('/')[0];

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public SyntaxNode Root => _root.Value;

    public int Lines => Text.Count(character => character == '\n');

    /// <summary>Every string in it: literals, raw ones, and interpolated ones with <c>?</c> for each hole.</summary>
    public IEnumerable<string> Strings() => Root.DescendantNodes().Select(node => node switch
    {
        LiteralExpressionSyntax literal when literal.IsKind(SyntaxKind.StringLiteralExpression) => literal.Token.ValueText,
        InterpolatedStringExpressionSyntax interpolated => string.Concat(interpolated.Contents.Select(part => part is InterpolatedStringTextSyntax text ? text.TextToken.ValueText : "?")),
        _ => null,
    }).OfType<string>();

    public string LineOf(SyntaxNode node) => $"{Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";

    private static SourceFile Load(string path) => new(path, Repository.Read(path));
}
