using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;

namespace EdgeSync.Simulation.Tests;

/// <summary>Worlds that must pass: a few of each kind, and each one that has failed.</summary>
public sealed class SeedTests(Stage stage)
{
    private const int Steps = 80;
    private const int Few = 8;

    public static IEnumerable<TheoryDataRow<long>> Seeds => Enumerable.Range(1, Few).Select(seed => new TheoryDataRow<long>(seed));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_world_comes_to_rest_with_nothing_lost(long seed) => AssertPasses(WorldSettings.Of(seed, Steps));

    /// <summary>docs/simulation.md says what each of them found.</summary>
    [Theory]
    [InlineData("disk errors end no agent", 15, 9, 1, "loss,answer,delay,duplicate,partition,device-kill,statement-kill,service-kill,transaction-kill,power,rollback,database,clock")]
    [InlineData("disk errors end no agent, at another read", 11, 33, 1, "loss,answer,delay,duplicate,partition,device-kill,statement-kill,service-kill,transaction-kill,power,rollback,database,clock")]
    [InlineData("commands go by the device's intent version and not by a clock", 263340072, 285, 1, "loss,answer,delay,duplicate,partition,device-kill,statement-kill,service-kill,transaction-kill,power,rollback,disk,database")]
    [InlineData("a write whose count an older file gives out again is not lost", 263350159, 295, 1, "loss,answer,delay,duplicate,partition,device-kill,statement-kill,service-kill,transaction-kill,power,disk,database,clock")]
    public void A_world_that_has_failed_passes(string what, long seed, int steps, int devices, string without)
    {
        Assert.NotEmpty(what);
        AssertPasses(new WorldSettings(seed, steps, devices, [.. without.Split(',').Select(word => Words.Parse<FaultKind>(word))]));
    }

    private void AssertPasses(WorldSettings settings)
    {
        var result = stage.Run.Run(settings);

        Assert.True(result.Found is null, $"{result.Found}\n{settings.CommandLine}");
        Assert.True(result.Requests > 0);
    }
}
