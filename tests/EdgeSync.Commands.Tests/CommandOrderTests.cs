using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>In which order a device gets what waits for it.</summary>
public abstract class CommandOrderTests(ContractDatabase on)
{
    [Fact]
    public async Task A_command_that_was_issued_later_comes_later_also_when_the_clock_went_back()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        host.Time.Advance(TimeSpan.FromMinutes(10));
        var pause = await device.CreateAsync("pause");
        host.Time.AdjustTime(host.Time.GetUtcNow() - TimeSpan.FromMinutes(5));
        var resume = await device.CreateAsync("resume");
        var urgent = await device.CreateAsync("ping", priority: 1);
        var batch = await host.Operator.SendAsync<CommandBatchView>(HttpMethod.Post, Routes.CommandBatches, new CreateCommandBatch("*", new CreateCommand("resync")));
        await host.CreatedAsync(batch.Id);

        var delivery = await device.PullAsync();

        Assert.Equal(["ping", "pause", "resume", "resync"], delivery.Commands.Select(command => command.Kind));
        Assert.Equal([urgent.Id, pause.Id, resume.Id], delivery.Commands.Take(3).Select(command => command.Id));
    }

    [Fact]
    public async Task Commands_of_a_program_from_before_come_first_by_their_times()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var kinds = new[] { "second", "first", "third" };
        foreach (var kind in kinds)
        {
            await device.CreateAsync(kind);
        }

        await host.ExecuteAsync("UPDATE commands SET intent_order = 0, created_at = CASE kind WHEN 'first' THEN 1 ELSE 2 END WHERE kind <> 'third'");

        Assert.Equal(["first", "second", "third"], (await device.PullAsync()).Commands.Select(command => command.Kind));
    }
}

public sealed class CommandOrderTestsOnSqlite() : CommandOrderTests(ContractDatabase.Sqlite);

public sealed class CommandOrderTestsOnServer() : CommandOrderTests(ContractDatabase.Server);
