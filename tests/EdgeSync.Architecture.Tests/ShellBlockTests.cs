namespace EdgeSync.Architecture.Tests;

/// <summary>A command in a document is run by a test, or says why it cannot be.</summary>
public sealed class ShellBlockTests
{
    [Fact]
    public void Every_shell_block_is_run_or_says_why_not() => Rule.Holds(Document.All.SelectMany(Undecided));

    [Theory]
    [InlineData("```sh\nls\n```", "```sh: say `sh run`, or `sh no-run: why`.")]
    [InlineData("```sh no-run\nls\n```", "```sh no-run: say `sh run`, or `sh no-run: why`.")]
    [InlineData("```bash\nls\n```", "```bash: say `sh run`, or `sh no-run: why`.")]
    [InlineData("   ```sh\n   ls\n   ```", "```sh: say `sh run`, or `sh no-run: why`.")]
    [InlineData("```\ndotnet run --project X\n```", "```: say `sh run`, or `sh no-run: why`.")]
    public void One_that_does_not_is_found(string text, string found) => Assert.Equal([$"x.md has {found}"], Undecided(new Document("x.md", text)));

    [Theory]
    [InlineData("```sh run\nls\n```")]
    [InlineData("```sh no-run: needs a cluster\nls\n```")]
    [InlineData("```\nsome text\n```\n\n```json\n{}\n```")]
    public void Others_are_not(string text) => Assert.Empty(Undecided(new Document("x.md", text)));

    private static IEnumerable<string> Undecided(Document document) =>
        from block in document.Blocks()
        where block.Info.Split(' ')[0] is "sh" or "bash" or "shell" or "console" || (block.Info.Length == 0 && block.Text.TrimStart().StartsWith("dotnet ", StringComparison.Ordinal))
        where block.Info != "sh run" && !block.Info.StartsWith("sh no-run: ", StringComparison.Ordinal)
        select $"{document.Path} has ```{block.Info}: say `sh run`, or `sh no-run: why`.";
}
