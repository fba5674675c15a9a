using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class CommandTransactionTests : IAsyncDisposable
{
    private readonly EdgeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Readings_and_configuration_are_kept_with_the_result()
    {
        var toldWhenStored = false;
        await UseAsync(transaction =>
        {
            transaction.Append([Sample()]);
            transaction.SetConfig("pump.mode", new JsonValue("\"fast\""));
            return transaction.Command.Payload;
        });
        _world.Device.Config.Changed += (_, _) => toldWhenStored = _world.Count("SELECT COUNT(*) FROM command_queue WHERE state = 'done'") == 1;

        var result = await RunAsync("work", "[1]");

        Assert.Equal((CommandOutcome.Succeeded, "[1]"), (result.Outcome, result.Result?.Text));
        Assert.Equal("\"fast\"", _world.Device.Config.Get("pump.mode")?.Text);
        Assert.True(toldWhenStored);
        Assert.Single(_world.Cloud.StoredReadings);
    }

    [Fact]
    public async Task What_fails_leaves_nothing_and_the_numbers_go_on()
    {
        await UseAsync(
            transaction =>
            {
                transaction.Append([Sample()]);
                transaction.SetConfig("pump.mode", new JsonValue("1"));
                throw new CommandFailedException("valve is stuck");
            });

        var result = await RunAsync("work");

        Assert.Equal((CommandOutcome.Failed, "valve is stuck"), (result.Outcome, result.Error));
        Assert.Null(_world.Device.Config.Get("pump.mode"));
        Assert.Equal((1, 0), (_world.Append(1).First, _world.Cloud.StoredReadings.Count()));
    }

    [Fact]
    public async Task A_result_that_cannot_be_sent_leaves_nothing()
    {
        await UseAsync(transaction =>
        {
            transaction.Append([Sample()]);
            return new JsonValue("{oops");
        });

        Assert.Equal("The handler's result is not JSON.", (await RunAsync("work")).Error);
        Assert.Equal(0, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
    }

    [Fact]
    public async Task A_part_that_failed_takes_the_whole_with_it_whatever_the_handler_catches()
    {
        await UseAsync(transaction =>
        {
            transaction.Append([Sample()]);
            Assert.Throws<Microsoft.Data.Sqlite.SqliteException>(() => transaction.Append([new Reading("full", _world.Time.GetMicroseconds(), 2)]));
            return null;
        });
        _world.Execute("CREATE TRIGGER full BEFORE INSERT ON sensors WHEN NEW.name = 'full' BEGIN SELECT RAISE(ABORT, 'disk full'); END");

        var result = await RunAsync("work");

        Assert.Equal("InvalidOperationException: A write inside this transaction failed; nothing of it was kept.", result.Error);
        Assert.Equal(0, _world.Count("SELECT COUNT(*) FROM telemetry_data"));
    }

    [Fact]
    public async Task A_transaction_is_over_when_its_handler_returns()
    {
        CommandTransaction? kept = null;
        await UseAsync(transaction =>
        {
            kept = transaction;
            return null;
        });
        await RunAsync("work");

        Assert.Contains("is over", Assert.Throws<InvalidOperationException>(() => kept!.Append([Sample()])).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => kept!.SetConfig("pump.mode", JsonValue.Null));
    }

    private Reading Sample() => new("sample", _world.Time.GetMicroseconds(), 1);

    private Task UseAsync(Func<CommandTransaction, JsonValue?> run)
    {
        _world.Handlers.Add(CommandHandler.InTransaction("work", run));
        return _world.RestartAsync();
    }

    private async Task<CommandResult> RunAsync(string kind, string payload = "null")
    {
        _world.Cloud.Commands.Create(kind, payload);
        await _world.SyncAsync();
        await _world.RunCommandsAsync();
        await _world.SyncAsync();
        return Assert.Single(_world.Cloud.Commands.Results);
    }
}
