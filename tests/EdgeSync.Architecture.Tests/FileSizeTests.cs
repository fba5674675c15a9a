namespace EdgeSync.Architecture.Tests;

/// <summary>A file is one idea. If you scroll twice, look for the second idea.</summary>
public sealed class FileSizeTests
{
    private const int ProductLinesMax = 330;
    private const int TestLinesMax = 400;
    private const int MedianLinesMax = 60;
    private const int NineInTenLinesMax = 160;

    [Fact]
    public void No_file_is_longer_than_it_can_be_read() =>
        Rule.Holds(TooLong(SourceFile.Product, ProductLinesMax).Concat(TooLong(SourceFile.Tests, TestLinesMax)));

    [Fact]
    public void Half_the_files_fit_on_one_screen_and_nine_in_ten_on_two()
    {
        var lines = SourceFile.Product.Select(file => file.Lines).Order().ToList();

        Assert.InRange(lines[lines.Count / 2], 1, MedianLinesMax);
        Assert.InRange(lines[lines.Count * 9 / 10], 1, NineInTenLinesMax);
    }

    [Fact]
    public void A_file_that_is_too_long_is_found() =>
        Assert.Equal(["X.cs has 331 lines, 330 at most: look for its second idea."], TooLong([new SourceFile("X.cs", new string('\n', 331))], ProductLinesMax));

    private static IEnumerable<string> TooLong(IEnumerable<SourceFile> files, int most) =>
        files.Where(file => file.Lines > most).Select(file => $"{file.Path} has {file.Lines} lines, {most} at most: look for its second idea.");
}
