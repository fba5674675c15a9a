using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public sealed class LabelSelectorTests
{
    private static readonly Dictionary<string, string> Pump = new() { ["site"] = "north", ["line"] = "a", ["edge.example/canary"] = "", ["Env"] = "test-1" };

    [Theory]
    [InlineData("*", true)]
    [InlineData(" * ", true)]
    [InlineData("site=north", true)]
    [InlineData("site==north", true)]
    [InlineData("site=south", false)]
    [InlineData("site=North", false)]
    [InlineData("site!=north", false)]
    [InlineData("site!=south", true)]
    [InlineData("unknown=north", false)]
    [InlineData("unknown!=north", true)]
    [InlineData("line in (a,b)", true)]
    [InlineData("line in(a)", true)]
    [InlineData("line in ( b , c )", false)]
    [InlineData("line notin (a,b)", false)]
    [InlineData("line notin (b)", true)]
    [InlineData("unknown in (a)", false)]
    [InlineData("unknown notin (a)", true)]
    [InlineData("site", true)]
    [InlineData("unknown", false)]
    [InlineData("!site", false)]
    [InlineData("! unknown", true)]
    [InlineData("env", false)]
    [InlineData("edge.example/canary", true)]
    [InlineData("edge.example/canary=", true)]
    [InlineData("site=", false)]
    [InlineData("Env=test-1", true)]
    [InlineData("site=north,line in (a,b),Env!=production,!retired,edge.example/canary", true)]
    [InlineData("site=north,line in (a,b),Env!=test-1", false)]
    [InlineData("  site = north ,  line = a  ", true)]
    public void A_device_matches_when_every_requirement_holds(string text, bool matches)
    {
        Assert.True(LabelSelector.TryParse(text, out var selector, out var error), error);

        Assert.Equal(matches, selector.Matches(Pump));
        Assert.Equal(text, selector.ToString());
    }

    [Fact]
    public void Words_of_the_syntax_may_be_names_and_values_too()
    {
        Assert.True(LabelSelector.TryParse("in in (in,notin),notin=in,!exists", out var selector, out _));

        Assert.True(selector.Matches(new Dictionary<string, string> { ["in"] = "notin", ["notin"] = "in" }));
        Assert.False(selector.Matches(new Dictionary<string, string> { ["in"] = "notin" }));
    }

    [Theory]
    [InlineData("site=north,", "At character 12 of the selector stands the end; expected the name of a label")]
    [InlineData(",site=north", "At character 1 of the selector stands ','; expected the name of a label")]
    [InlineData("!", "At character 2 of the selector stands the end; expected the name of a label")]
    [InlineData("*,site", "At character 1 of the selector stands '*'; expected the name of a label")]
    [InlineData("site=north line=a", "At character 12 of the selector stands 'l'; expected a comma or the end")]
    [InlineData("site north", "At character 6 of the selector stands 'n'; expected =, !=, in (...)")]
    [InlineData("site~north", "At character 5 of the selector stands '~'; expected =, !=, in (...)")]
    [InlineData("!site=north", "At character 6 of the selector stands '='; expected a comma or the end")]
    [InlineData("site=no*", "At character 8 of the selector stands '*'; expected a comma or the end")]
    [InlineData("site='north'", "At character 6 of the selector stands '''; expected a comma or the end")]
    [InlineData("site in north", "At character 9 of the selector stands 'n'; expected the values in parentheses")]
    [InlineData("site in ()", "At character 10 of the selector stands ')'; expected a value")]
    [InlineData("site in (a,)", "At character 12 of the selector stands ')'; expected a value")]
    [InlineData("site in (a", "At character 11 of the selector stands the end; expected a comma or )")]
    [InlineData("site in (a b)", "At character 12 of the selector stands 'b'; expected a comma or )")]
    [InlineData("straße=a", "At character 5 of the selector stands 'ß'; expected =, !=, in (...)")]
    public void What_is_no_selector_is_told_where_and_what_may_stand_there(string text, string error)
    {
        Assert.False(LabelSelector.TryParse(text, out _, out var told));

        Assert.StartsWith(error, told, StringComparison.Ordinal);
        Assert.EndsWith("letters, digits and . _ / - cannot be selected.", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void An_empty_selector_is_refused_since_it_may_be_a_mistake(string? text)
    {
        Assert.False(LabelSelector.TryParse(text, out _, out var error));

        Assert.Contains("* for every device", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_selector_has_a_length()
    {
        var longest = new string('a', Limits.SelectorCharsMax);

        Assert.True(LabelSelector.TryParse(longest, out _, out _));
        Assert.False(LabelSelector.TryParse(longest + "a", out _, out var error));
        Assert.Equal($"A selector has at most {Limits.SelectorCharsMax} characters.", error);
    }
}
