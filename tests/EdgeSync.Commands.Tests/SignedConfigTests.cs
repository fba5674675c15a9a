using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>Keys under <c>edgesync.</c> are the fleet's word, and the pins that come with a certificate are too.</summary>
public sealed class SignedConfigTests
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly string First = PinSet.Of([1]);
    private static readonly string Second = PinSet.Of([2]);

    [Fact]
    public async Task A_value_that_an_operator_writes_is_stored_and_sent_as_a_statement_for_this_device_and_key()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        var device = await host.RegisterAsync();

        var written = await device.PutAsync(PinSet.ConfigKey, $$"""{"pins":["{{First}}"]}""");

        var stored = written.Entry.Value!.Value;
        var said = Read(host, SignedConfig.Carried(stored)!);
        Assert.Equal((Pump, PinSet.ConfigKey, $$"""{"pins":["{{First}}"]}"""), (said.Device!.Value, said.Key, said.Value.Text));
        Assert.Equal(stored, (await device.DocumentAsync()).Entries.Single().Entry.Value);
        Assert.Equal(stored, (await device.ExchangeAsync(0)).Entries.Single().Value);
    }

    [Fact]
    public async Task A_device_cannot_write_such_a_key()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        var device = await host.RegisterAsync();
        var written = await device.PutAsync(PinSet.ConfigKey, $$"""{"pins":["{{First}}"]}""");
        var panel = ConfigWriters.Device(new Epoch(7));
        var forged = new ConfigEntry(PinSet.ConfigKey, written.Entry.Vector.Increment(panel), new HybridTime(host.Time.GetMicroseconds(), 0), panel, 0, new JsonValue("{}"));

        var answer = await device.ExchangeAsync(0, [forged]);

        Assert.Equal(written.Entry.Value, answer.Entries.Single(entry => entry.Key == PinSet.ConfigKey).Value);
    }

    [Theory]
    [InlineData("""{"pins":[]}""")]
    [InlineData("""{"pins":["sha256/AAAA"]}""")]
    [InlineData("""{"pins":null}""")]
    [InlineData("""[]""")]
    [InlineData("""{"pins":["sha256/AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=","sha256/AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="]}""")]
    public async Task A_set_of_pins_that_would_lock_the_device_out_is_refused(string value)
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        var device = await host.RegisterAsync();

        var problem = await host.Operator.SendAsync(HttpMethod.Put, $"{device.ConfigPath}/{PinSet.ConfigKey}", new ConfigWrite(new JsonValue(value))).RefusedAsync(ProblemTypes.Validation);

        Assert.Equal("value", Assert.Single(problem.Errors!).Key);
    }

    [Fact]
    public async Task Too_many_pins_and_a_value_that_is_too_long_when_signed_are_refused_and_other_values_are_sealed_too()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        var device = await host.RegisterAsync();
        var nine = JsonSerializer.Serialize(new PinSet([.. Enumerable.Range(0, 9).Select(i => PinSet.Of([(byte)i]))]), ProtocolJson.Default.PinSet);
        var path = device.ConfigPath;

        await host.Operator.SendAsync(HttpMethod.Put, $"{path}/{PinSet.ConfigKey}", new ConfigWrite(new JsonValue(nine))).RefusedAsync(ProblemTypes.Validation);
        await host.Operator.SendAsync(HttpMethod.Put, $"{path}/edgesync.note", new ConfigWrite(new JsonValue($"\"{new string('x', 7_000)}\""))).RefusedAsync(ProblemTypes.Validation);
        var note = await device.PutAsync("edgesync.note", "\"x\"");
        var plain = await device.PutAsync("edgesynced", "\"x\"");

        Assert.Equal("\"x\"", Read(host, SignedConfig.Carried(note.Entry.Value)!).Value.Text);
        Assert.Equal("\"x\"", plain.Entry.Value!.Value.Text);
    }

    [Fact]
    public async Task A_certificate_comes_with_the_pins_of_the_fleet_or_with_those_that_were_written_for_its_device()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite, ("Fleet:GatewayPins:0", First));
        var token = await host.CreateTokenAsync();
        using var enrolled = await host.EnrolAsync(token.Secret, Pump);
        await host.Device(Pump).PutAsync(PinSet.ConfigKey, $$"""{"pins":["{{Second}}"]}""");
        using var renewed = await host.RenewAsync(Pump);
        await host.Device(Pump).DeleteAsync(PinSet.ConfigKey);
        using var again = await host.RenewAsync(Pump);

        Assert.Equal((null, First), await PinsAsync(host, enrolled));
        Assert.Equal((Pump, Second), await PinsAsync(host, renewed));
        Assert.Equal((null, First), await PinsAsync(host, again));
    }

    [Fact]
    public async Task Where_no_pins_are_configured_none_are_sent()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        var token = await host.CreateTokenAsync();
        using var enrolled = await host.EnrolAsync(token.Secret, Pump);

        Assert.Null((await enrolled.ReadAsync<IssuedCertificate>()).Pins);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("\"x\"")]
    [InlineData("""{"pins":[]}""")]
    [InlineData("""{"signed":5}""")]
    public void A_value_from_before_values_were_sealed_says_nothing(string stored) => Assert.Null(SignedConfig.Carried(new JsonValue(stored)));

    private static async Task<(DeviceId? Device, string Pin)> PinsAsync(CommandsHost host, HttpResponseMessage answer)
    {
        var said = Read(host, (await answer.ReadAsync<IssuedCertificate>()).Pins!);
        Assert.Equal(PinSet.ConfigKey, said.Key);
        return (said.Device, JsonSerializer.Deserialize(said.Value.Text, ProtocolJson.Default.PinSet)!.Pins.Single());
    }

    private static SignedConfig Read(CommandsHost host, string statement) =>
        JsonSerializer.Deserialize(host.Fleet.Read(statement, SignedConfig.StatementType).Payload.Span, ProtocolJson.Default.SignedConfig)!;
}
