using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>Every place where the device's process can be killed between accepting a command and the end of it.</summary>
public sealed class CommandCrashTests
{
    private const int SecondKillsOfEach = 3;

    [Theory]
    [InlineData(CrashRun.Once)]
    [InlineData(CrashRun.Transactional)]
    public async Task A_kill_at_any_statement_leaves_one_end_and_no_second_effect(string kind)
    {
        var ends = new HashSet<CommandOutcome>();
        var killedAt = 0;
        for (var wasKilled = true; wasKilled; killedAt++)
        {
            using var run = new CrashRun(kind, null, killedAt);
            await run.RunAsync();
            ends.Add(Check(kind, run, $"killed at {killedAt}"));
            wasKilled = run.Kills == 1;
        }

        Assert.True(killedAt > 100, $"The device passed only {killedAt} boundaries.");
        CommandOutcome[] expected = kind == CrashRun.Once ? [CommandOutcome.Succeeded, CommandOutcome.Interrupted] : [CommandOutcome.Succeeded];
        Assert.Equal(expected.Order(), ends.Order());
    }

    [Theory]
    [InlineData(CrashRun.Repeatable, null)]
    [InlineData(CrashRun.Once, Routes.Commands)]
    [InlineData(CrashRun.Once, Routes.CommandReceipts)]
    [InlineData(CrashRun.Once, Routes.CommandResults)]
    [InlineData(CrashRun.Transactional, Routes.Commands)]
    [InlineData(CrashRun.Transactional, Routes.CommandReceipts)]
    [InlineData(CrashRun.Transactional, Routes.CommandResults)]
    public async Task A_lost_answer_and_a_kill_leave_one_end_and_no_second_effect(string kind, string? losesAnswerOf)
    {
        using var whole = new CrashRun(kind, losesAnswerOf);
        await whole.RunAsync();
        Check(kind, whole, "not killed");

        foreach (var killedAt in Distinct(whole.Marks))
        {
            using var run = new CrashRun(kind, losesAnswerOf, killedAt);
            await run.RunAsync();
            Check(kind, run, $"killed at {killedAt}");
            Assert.Equal(1, run.Kills);
        }
    }

    [Theory]
    [InlineData(CrashRun.Once)]
    [InlineData(CrashRun.Transactional)]
    public async Task A_process_that_is_killed_while_it_takes_up_what_a_kill_left_changes_nothing_of_that(string kind)
    {
        using var whole = new CrashRun(kind, null);
        await whole.RunAsync();
        var (second, killedTwice) = (0, 0);
        foreach (var first in Distinct(whole.Marks).SelectMany(first => Enumerable.Repeat(first, SecondKillsOfEach)))
        {
            // A stride without a common factor: the second kills fall all over the second life.
            second = (second + 37) % 200;
            using var run = new CrashRun(kind, null, first, second);
            await run.RunAsync();
            Check(kind, run, $"killed at {first} and {second}");
            killedTwice += run.Kills == 2 ? 1 : 0;
        }

        Assert.True(killedTwice > 30, $"Only {killedTwice} second processes were killed.");
    }

    private static CommandOutcome Check(string kind, CrashRun run, string where)
    {
        var end = Assert.Single(run.Ends);
        var inFile = run.Cloud.StoredReadings.Count();
        var fits = (kind, end.Outcome) switch
        {
            (CrashRun.Once, CommandOutcome.Succeeded) => (run.Effects, inFile) == (1, 0),
            (CrashRun.Once, CommandOutcome.Interrupted) => run.Effects <= 1 && inFile == 0,
            (CrashRun.Repeatable, CommandOutcome.Succeeded) => run.Effects is 1 or 2 && inFile == 0,
            (CrashRun.Transactional, CommandOutcome.Succeeded) => (run.Effects, inFile) == (0, 1),
            _ => false,
        };
        Assert.True(fits, $"{kind}, {where}: {end.Outcome} with {run.Effects} effects and {inFile} readings; the control plane says {run.State}.");
        Assert.Equal(end.Outcome == CommandOutcome.Succeeded ? CommandState.Succeeded : CommandState.Interrupted, run.State);
        return end.Outcome;
    }

    // Boundaries between which nothing was committed, asked or done are one place; the test above goes through all of them.
    private static IEnumerable<int> Distinct(List<(int Requests, int Effects, long FileBytes)> marks) =>
        Enumerable.Range(0, marks.Count).Where(i => i == 0 || marks[i] != marks[i - 1]);
}
