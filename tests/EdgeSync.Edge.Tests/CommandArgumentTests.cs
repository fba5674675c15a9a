using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class CommandArgumentTests
{
    private static readonly CommandArgument[] Pump =
    [
        CommandArgument.Whole("count", 1, 10),
        CommandArgument.Number("litres", -0.5, 2).Optional(),
        CommandArgument.OneOf("mode", "slow", "fast").Optional(),
        CommandArgument.Text("note", 5).Optional(),
        CommandArgument.Flag("force").Optional(),
    ];

    [Theory]
    [InlineData("""{"count":1}""")]
    [InlineData("""{"count":10,"litres":-0.5,"mode":"fast","note":"12345","force":false}""")]
    [InlineData("""{"count":3,"litres":2}""")]
    [InlineData("""{"count":3,"litres":null,"note":""}""")]
    public void A_payload_that_fits_is_taken(string payload) => Assert.Null(CommandArguments.Check(Pump, new JsonValue(payload)));

    [Theory]
    [InlineData("null", "Argument 'count' is missing; it must be a whole number from 1 to 10.")]
    [InlineData("{}", "Argument 'count' is missing; it must be a whole number from 1 to 10.")]
    [InlineData("""{"count":null}""", "Argument 'count' is missing; it must be a whole number from 1 to 10.")]
    [InlineData("""{"count":0}""", "Argument 'count' is 0; it must be a whole number from 1 to 10.")]
    [InlineData("""{"count":11}""", "Argument 'count' is 11; it must be a whole number from 1 to 10.")]
    [InlineData("""{"count":2.5}""", "Argument 'count' is 2.5; it must be a whole number from 1 to 10.")]
    [InlineData("""{"count":9223372036854775808}""", "Argument 'count' is 9223372036854775808; it must be a whole number from 1 to 10.")]
    [InlineData("""{"count":"3"}""", "Argument 'count' is \"3\"; it must be a whole number from 1 to 10.")]
    [InlineData("""{"count":1,"count":2}""", "Argument 'count' is given twice; it must be a whole number from 1 to 10.")]
    [InlineData("""{"count":1,"litres":2.01}""", "Argument 'litres' is 2.01; it must be a number from -0.5 to 2.")]
    [InlineData("""{"count":1,"litres":true}""", "Argument 'litres' is true; it must be a number from -0.5 to 2.")]
    [InlineData("""{"count":1,"mode":"Fast"}""", "Argument 'mode' is \"Fast\"; it must be one of \"slow\", \"fast\".")]
    [InlineData("""{"count":1,"note":"123456"}""", "Argument 'note' is \"123456\"; it must be a text of at most 5 characters.")]
    [InlineData("""{"count":1,"note":{"a":1}}""", "Argument 'note' is an object; it must be a text of at most 5 characters.")]
    [InlineData("""{"count":1,"force":1}""", "Argument 'force' is 1; it must be true or false.")]
    [InlineData("""{"count":1,"speed":2}""", "There is no argument 'speed'; the command takes count, litres, mode, note, force.")]
    [InlineData("[1]", "The payload is an array; it must be an object with count, litres, mode, note, force.")]
    [InlineData("3", "The payload is 3; it must be an object with count, litres, mode, note, force.")]
    [InlineData("{oops", "The payload is not JSON.")]
    public void A_payload_that_does_not_fit_is_told_what_is_allowed(string payload, string expected) => Assert.Equal(expected, CommandArguments.Check(Pump, new JsonValue(payload)));

    [Fact]
    public void A_command_without_arguments_takes_none()
    {
        Assert.Null(CommandArguments.Check([], JsonValue.Null));
        Assert.Null(CommandArguments.Check([], new JsonValue("{}")));
        Assert.Equal("There is no argument 'x'; the command takes no arguments.", CommandArguments.Check([], new JsonValue("""{"x":1}""")));
    }

    [Fact]
    public void What_is_long_is_cut()
    {
        var reason = CommandArguments.Check(Pump, new JsonValue($$"""{"count":1,"note":"{{new string('x', 9_000)}}"}"""));

        Assert.Equal($"Argument 'note' is \"{new string('x', 63)}...; it must be a text of at most 5 characters.", reason);
    }

    [Fact]
    public async Task A_command_whose_payload_does_not_fit_fails_before_it_runs()
    {
        var ran = 0;
        await using var world = new EdgeWorld();
        world.Handlers.Add(new CommandHandler("pump", MayRunAgain: false, (_, _) => Task.FromResult<JsonValue?>(new JsonValue($"{++ran}"))) { Arguments = Pump });
        world.Handlers.Add(CommandHandler.InTransaction("sample", _ => new JsonValue($"{++ran}")) with { Arguments = [] });
        await world.RestartAsync();
        world.Cloud.Commands.Create("pump", """{"count":99}""");
        world.Cloud.Commands.Create("sample", """{"x":1}""");
        world.Cloud.Commands.Create("pump", """{"count":9}""");

        await world.SyncAsync();
        await world.RunCommandsAsync();
        await world.SyncAsync();

        Assert.Equal(1, ran);
        Assert.Equal(
            [
                (CommandOutcome.Failed, "Argument 'count' is 99; it must be a whole number from 1 to 10."),
                (CommandOutcome.Failed, "There is no argument 'x'; the command takes no arguments."),
                (CommandOutcome.Succeeded, null),
            ],
            world.Cloud.Commands.Results.Select(result => (result.Outcome, result.Error)));
    }

    [Fact]
    public void Descriptions_that_nothing_fits_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => CommandArgument.Whole("count", 2, 1));
        Assert.Throws<ArgumentException>(() => CommandArgument.Flag(" "));
        var twice = CommandHandler.InTransaction("pump", static _ => null) with { Arguments = [CommandArgument.Flag("force"), CommandArgument.Text("force")] };
        Assert.Equal(
            "The handler for command kind 'pump' is not right: Argument 'force' is described twice; keep one. (Parameter 'handlers')",
            Assert.Throws<ArgumentException>(() => new CommandHandlers([twice])).Message);
    }
}
