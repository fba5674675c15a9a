namespace EdgeSync.Architecture.Tests;

internal static class Rule
{
    /// <summary>A rule gives a sentence for each place that breaks it; none is a pass.</summary>
    public static void Holds(IEnumerable<string> broken)
    {
        var sentences = broken.ToList();
        Assert.True(sentences.Count == 0, string.Join('\n', sentences));
    }
}
