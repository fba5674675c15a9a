using EdgeSync.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Edge.Tests;

public sealed class CommandDeadlineTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Deadlines_are_kept_for_as_many_commands_as_can_wait()
    {
        var deadlines = new CommandDeadlines(_time);
        var ids = Enumerable.Range(0, CommandStore.UnfinishedMax + 1).Select(_ => new CommandId(Guid.NewGuid())).ToList();
        foreach (var id in ids)
        {
            deadlines.Set(id, 0);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.False(deadlines.IsOver(ids[0]));
        Assert.True(deadlines.IsOver(ids[1]));
        Assert.True(deadlines.IsOver(ids[^1]));
    }
}
