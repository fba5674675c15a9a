using System.Net;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class OperatorCommandTests(ContractDatabase on)
{
    [Fact]
    public async Task An_idempotency_key_names_one_command()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var wish = new CreateCommand("ping", new JsonValue("{\"n\":1}"), IdempotencyKey: "deploy-7");

        using var first = await host.Operator.SendAsync(HttpMethod.Post, device.CommandsPath, wish);
        using var again = await host.Operator.SendAsync(HttpMethod.Post, device.CommandsPath, wish);
        var problem = await host.Operator.SendAsync(HttpMethod.Post, device.CommandsPath, wish with { Payload = new JsonValue("{\"n\":2}") }).RefusedAsync(ProblemTypes.CommandConflict);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));
        var command = await first.ReadAsync<CommandView>();
        Assert.Equal(command, await again.ReadAsync<CommandView>());
        Assert.Equal($"{device.CommandsPath}/{command.Id}", first.Headers.Location!.ToString());
        Assert.Contains(command.Id.ToString(), problem.Detail, StringComparison.Ordinal);
        Assert.Equal(1, await host.CountAsync("SELECT intent_version FROM device_hints"));
    }

    [Fact]
    public async Task The_same_key_for_another_device_is_another_command()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var (one, two) = (await host.RegisterAsync(), await host.RegisterAsync("11111111-3a52-4c8e-9d0a-2f1f6c1b7a10"));
        var wish = new CreateCommand("ping", IdempotencyKey: "deploy-7");

        var first = await host.Operator.SendAsync<CommandView>(HttpMethod.Post, one.CommandsPath, wish);
        var second = await host.Operator.SendAsync<CommandView>(HttpMethod.Post, two.CommandsPath, wish);

        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(JsonValue.Null, first.Payload);
        Assert.Equal(TimeSpan.FromDays(1).TotalMicroseconds, first.ExpiresAt - first.CreatedAt);
    }

    [Fact]
    public async Task A_waiting_command_is_cancelled_once_and_never_sent()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        var path = $"{device.CommandsPath}/{command.Id}/cancel";

        var cancelled = await host.Operator.SendAsync<CommandView>(HttpMethod.Post, path, new CancelCommand("superseded"));

        Assert.Equal((CommandState.Cancelled, "superseded"), (cancelled.State, cancelled.Reason));
        Assert.Empty((await device.PullAsync()).Commands);
        await host.Operator.SendAsync(HttpMethod.Post, path, new CancelCommand("again")).RefusedAsync(ProblemTypes.CommandConflict);
    }

    [Fact]
    public async Task A_delivered_command_that_was_cancelled_takes_the_devices_result_late()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.PullAsync();
        await device.ReceiveAsync(command.Id);

        await host.Operator.SendAsync<CommandView>(HttpMethod.Post, $"{device.CommandsPath}/{command.Id}/cancel", new CancelCommand("too slow"));

        Assert.Equal(new ResultReceipt(command.Id, true, CommandState.Succeeded), await device.CompleteAsync(command.Id));
        Assert.Null((await device.ViewAsync(command.Id)).Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&order=newest")]
    public async Task Commands_are_listed_in_pages_and_by_state(string order)
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var created = new List<CommandId>();
        for (var i = 0; i < 5; i++)
        {
            created.Add((await device.CreateAsync()).Id);
            host.Time.Advance(TimeSpan.FromMilliseconds(2));
        }

        await device.CompleteAsync(created[1]);
        var listed = new List<CommandId>();
        for (string? after = null; listed.Count == 0 || after is not null;)
        {
            var cursor = after is null ? "" : $"&after={after}";
            var page = await host.Operator.SendAsync<Page<CommandView>>(HttpMethod.Get, $"{device.CommandsPath}?limit=2{cursor}{order}");
            listed.AddRange(page.Items.Select(command => command.Id));
            after = page.Next;
        }

        var succeeded = await host.Operator.SendAsync<Page<CommandView>>(HttpMethod.Get, $"{device.CommandsPath}?state=succeeded");

        Assert.Equal(order.Length == 0 ? created : created.AsEnumerable().Reverse(), listed);
        Assert.Equal(created[1], Assert.Single(succeeded.Items).Id);
    }

    [Fact]
    public async Task A_list_with_bad_values_is_refused()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        foreach (var (query, field) in new[] { ("?limit=0", "limit"), ("?limit=501", "limit"), ("?after=x", "after"), ("?state=gone", "state") })
        {
            var problem = await host.Operator.SendAsync(HttpMethod.Get, device.CommandsPath + query).RefusedAsync(ProblemTypes.Validation);
            Assert.Equal(field, Assert.Single(problem.Errors!).Key);
        }
    }

    public static TheoryData<string, string> BadCommands => new()
    {
        { """{"kind":""}""", "kind" },
        { """{"kind":"Ping"}""", "kind" },
        { """{"kind":"ping--pong"}""", "kind" },
        { """{"kind":"-ping"}""", "kind" },
        { $$"""{"kind":"{{new string('k', Limits.CommandKindBytesMax + 1)}}"}""", "kind" },
        { $$"""{"kind":"ping","payload":"{{new string('x', Limits.CommandPayloadBytesMax)}}"}""", "payload" },
        { """{"kind":"ping","expiresInSeconds":0}""", "expiresInSeconds" },
        { """{"kind":"ping","expiresInSeconds":7776001}""", "expiresInSeconds" },
        { """{"kind":"ping","idempotencyKey":""}""", "idempotencyKey" },
        { """{"kind":"ping","priority":-1}""", "priority" },
    };

    [Theory]
    [MemberData(nameof(BadCommands))]
    public void A_command_with_bad_values_is_refused(string json, string field) =>
        Assert.Equal(field, Assert.Single(CommandRules.Check(JsonSerializer.Deserialize(json, ProtocolJson.Default.CreateCommand)!).All).Key);

    [Fact]
    public async Task A_refusal_names_every_field()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        var problem = await host.Operator.SendAsync(HttpMethod.Post, device.CommandsPath, new CreateCommand("Ping!", ExpiresInSeconds: 0)).RefusedAsync(ProblemTypes.Validation);

        Assert.Equal(["expiresInSeconds", "kind"], problem.Errors!.Keys.Order());
    }

    [Fact]
    public async Task A_body_that_is_no_command_is_malformed()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();

        foreach (var json in new[] { "{", "{}", """{"kind":null}""" })
        {
            await host.Operator.SendTextAsync(HttpMethod.Post, device.CommandsPath, json).RefusedAsync(ProblemTypes.MalformedBody);
        }
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var other = $"{Routes.Devices}/22222222-3a52-4c8e-9d0a-2f1f6c1b7a10/commands";

        await host.Operator.SendAsync(HttpMethod.Post, other, new CreateCommand("ping")).RefusedAsync(ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Get, $"{Routes.Devices}/pump/commands").RefusedAsync(ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Get, $"{device.CommandsPath}/0190a5d0-0000-7000-8000-000000000001").RefusedAsync(ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Post, $"{device.CommandsPath}/x/cancel", new CancelCommand("no")).RefusedAsync(ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Post, $"{device.CommandsPath}/x/cancel", new CancelCommand("")).RefusedAsync(ProblemTypes.Validation);
    }
}

public sealed class OperatorCommandTestsOnSqlite() : OperatorCommandTests(ContractDatabase.Sqlite);

public sealed class OperatorCommandTestsOnServer() : OperatorCommandTests(ContractDatabase.Server);

public sealed class OperatorCommandTestsOfDoubtfulCommits() : OperatorCommandTests(ContractDatabase.DoubtfulServer);
