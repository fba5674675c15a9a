using EdgeSync.EdgeSimulator;

namespace EdgeSync.Simulation.Tests;

/// <summary>A seed and a commit give one trace, byte for byte.</summary>
public sealed class TraceTests(Stage stage)
{
    private const int Steps = 80;

    public static IEnumerable<TheoryDataRow<long>> Seeds => [5, 33];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_same_seed_gives_the_same_trace_byte_for_byte(long seed)
    {
        var (first, second) = (TraceOf(seed), TraceOf(seed));

        Assert.Equal(first.Text, second.Text);
        Assert.Equal(first.Result.Trace, second.Result.Trace);
        Assert.Equal((first.Result.Callbacks, first.Result.Requests, first.Result.Lasted), (second.Result.Callbacks, second.Result.Requests, second.Result.Lasted));
    }

    [Fact]
    public void Worlds_that_run_beside_each_other_have_the_traces_that_they_have_alone()
    {
        var settings = Seeds.Select(seed => WorldSettings.Of(seed.Data, Steps)).ToList();
        var traces = new Dictionary<long, string>();

        stage.Run.RunAll(settings, parallel: 2, result => traces.Add(result.Settings.Seed, result.Trace), TestContext.Current.CancellationToken);

        Assert.All(settings, world => Assert.Equal(stage.Run.Run(world).Trace, traces[world.Seed]));
        Assert.Equal(settings.Count, traces.Values.Distinct().Count());
    }

    private (WorldResult Result, string Text) TraceOf(long seed)
    {
        using var text = new StringWriter();
        return (stage.Run.Run(WorldSettings.Of(seed, Steps), text), text.ToString());
    }
}
