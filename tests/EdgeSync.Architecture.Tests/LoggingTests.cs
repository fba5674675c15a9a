using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeSync.Architecture.Tests;

/// <summary>A line in the log is a sentence of its own, made at compile time, and says nothing that is not for everyone's eyes.</summary>
public sealed class LoggingTests
{
    private static readonly string[] Extensions = ["LogTrace", "LogDebug", "LogInformation", "LogWarning", "LogError", "LogCritical"];

    // What is inside of these is a device's or an operator's business, or opens a door.
    private static readonly string[] Secret = ["payload", "body", "secret", "token", "password", "authorization", "connectionstring", "privatekey"];

    [Fact]
    public void Every_line_is_source_generated() => Rule.Holds(SourceFile.Product.SelectMany(Composed));

    [Fact]
    public void No_line_holds_a_payload_or_a_secret() => Rule.Holds(SourceFile.Product.SelectMany(Telling));

    [Theory]
    [InlineData("""log.LogInformation("The batch {Batch} came", batch);""")]
    [InlineData("""services.GetRequiredService<ILogger<X>>().LogError(e, "It failed");""")]
    public void A_line_that_is_composed_is_found(string statement) => Assert.Single(Composed(new SourceFile("X.cs", $"class X {{ void Do() {{ {statement} }} }}")));

    [Fact]
    public void A_method_of_the_class_itself_is_not() =>
        Assert.Empty(Composed(new SourceFile("X.cs", "partial class X { void Do() => LogError(1); [LoggerMessage] partial void LogError(int code); }")));

    [Theory]
    [InlineData("string payload")]
    [InlineData("string enrolmentSecret")]
    [InlineData("DeviceToken token")]
    public void A_line_that_tells_is_found(string parameter) =>
        Assert.Single(Telling(new SourceFile("X.cs", $$"""partial class X { [LoggerMessage(Message = "It came")] private partial void Came({{parameter}}); }""")));

    private static IEnumerable<string> Composed(SourceFile file) => file.Root.DescendantNodes().OfType<InvocationExpressionSyntax>()
        .Where(call => call.Expression is MemberAccessExpressionSyntax access && Extensions.Contains(access.Name.Identifier.ValueText))
        .Select(call => $"{file.LineOf(call)} composes its line when it runs; make it a [LoggerMessage] at the foot of the class.");

    private static IEnumerable<string> Telling(SourceFile file) =>
        from method in file.Root.DescendantNodes().OfType<MethodDeclarationSyntax>()
        where method.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() == "LoggerMessage")
        from parameter in method.ParameterList.Parameters
        where Secret.Any(word => parameter.Identifier.ValueText.Contains(word, StringComparison.OrdinalIgnoreCase) || parameter.Type!.ToString().Contains(word, StringComparison.OrdinalIgnoreCase))
        select $"{file.LineOf(parameter)} would write {parameter.Identifier.ValueText} into the log.";
}
