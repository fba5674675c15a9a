using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands.Tests;

public sealed class CommandsOptionsTests
{
    [Theory]
    [InlineData("Commands:Lease", "00:00:00", "Set Commands:Lease to a value from 00:00:01 to 01:00:00; it is 00:00:00.")]
    [InlineData("Commands:Writers", "0", "Set Commands:Writers")]
    [InlineData("Commands:QueueRequestsMax", "0", "Set Commands:QueueRequestsMax")]
    [InlineData("Commands:CommitWait", "00:00:01", "Set Commands:CommitWait")]
    [InlineData("Commands:CommitRequestsMax", "0", "Set Commands:CommitRequestsMax")]
    [InlineData("Commands:LeaseAttemptsMax", "0", "Set Commands:LeaseAttemptsMax to a value from 1 to 1000; it is 0.")]
    [InlineData("Commands:ExpirySweepInterval", "00:00:00", "Set Commands:ExpirySweepInterval")]
    [InlineData("Commands:ExpirySweepMax", "0", "Set Commands:ExpirySweepMax")]
    [InlineData("Commands:QuarantineSweepInterval", "00:00:00", "Set Commands:QuarantineSweepInterval")]
    [InlineData("Commands:EventCommentInterval", "00:00:00", "Set Commands:EventCommentInterval")]
    [InlineData("Commands:EventCommentInterval", "00:00:45", "Set Commands:EventCommentInterval")]
    [InlineData("Commands:HintPollInterval", "00:00:00", "Set Commands:HintPollInterval")]
    [InlineData("Commands:HintWindow", "00:00:00", "Set Commands:HintWindow")]
    [InlineData("Commands:WaitingDevicesMax", "0", "Set Commands:WaitingDevicesMax")]
    [InlineData("Commands:ConfigRulesVersion", "0", "Set Commands:ConfigRulesVersion")]
    [InlineData("Commands:ConfigRules:0:Rule", "cloud-wins", "Set Commands:ConfigRules:0:Pattern to a configuration key")]
    [InlineData("Commands:ConfigRules:0:Pattern", "*", "Set Commands:ConfigRules:0:Rule to one of last-writer-wins, cloud-wins, device-wins, max, min, union, json-merge, custom; it is ''.")]
    public async Task A_bad_value_stops_the_service_at_start_with_what_to_change(string key, string value, string message)
    {
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => CommandsHost.StartAsync(ContractDatabase.Sqlite, (key, value)));

        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("custom", "", "Set Commands:ConfigRules:0:Resolver to what the rule needs. Name the resolver; this service has longer.")]
    [InlineData("custom", "other", "Set Commands:ConfigRules:0:Resolver to what the rule needs. No resolver 'other' is registered; this service has longer.")]
    [InlineData("max", "longer", "Set Commands:ConfigRules:0:Resolver to what the rule needs. Only the rule 'custom' has a resolver; leave it out.")]
    public async Task A_rule_whose_resolver_is_not_right_stops_the_service(string rule, string resolver, string message)
    {
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => CommandsHost.StartAsync(
            ContractDatabase.Sqlite, ("Commands:ConfigRules:0:Pattern", "*"), ("Commands:ConfigRules:0:Rule", rule), ("Commands:ConfigRules:0:Resolver", resolver)));

        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_one_resolvers()
    {
        var twice = new[] { new NamedConfigResolver("a", static (_, _, later, _) => later), new NamedConfigResolver("a", static (_, earlier, _, _) => earlier) };

        Assert.Contains("'a' is registered twice", Assert.Throws<InvalidOperationException>(() => new ConfigResolvers(twice)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_of_settings_are_set_while_their_version_is_higher_and_every_instance_goes_by_them()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Server);
        await host.Operator.SetRulesAsync([new ConfigRulePattern("*", ConfigRule.Max)]);

        await using var ignored = await host.StartSecondAsync(("Commands:ConfigRulesVersion", "2"), ("Commands:ConfigRules:0:Pattern", "*"), ("Commands:ConfigRules:0:Rule", "min"));
        Assert.Equal((2, ConfigRule.Max), await HeldAsync(host));
        await using var offered = await host.StartSecondAsync(("Commands:ConfigRulesVersion", "7"), ("Commands:ConfigRules:0:Pattern", "*"), ("Commands:ConfigRules:0:Rule", "union"));

        Assert.Equal([(7, ConfigRule.Union), (7, ConfigRule.Union), (7, ConfigRule.Union)], new[] { await HeldAsync(host), await HeldAsync(ignored), await HeldAsync(offered) });
    }

    private static async Task<(int Version, ConfigRule Rule)> HeldAsync(CommandsHost host) =>
        await host.Operator.SendAsync<ConfigRulesView>(HttpMethod.Get, Routes.ConfigRules) is { Rules: var rules } ? (rules.Version, rules.RuleFor("a")) : default;

    [Theory]
    [InlineData("host-1", "host-1")]
    [InlineData(null, null)]
    public void An_instance_has_the_name_that_its_telemetry_has(string? id, string? expected)
    {
        var attributes = id is null ? "deployment.environment=test" : $"deployment.environment=test, service.instance.id={id}";
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("OTEL_RESOURCE_ATTRIBUTES", attributes)]).Build();

        Assert.Equal(expected ?? $"{Environment.MachineName}:{Environment.ProcessId}", InstanceName.Of(configuration).Value);
    }

    [Fact]
    public async Task Rules_come_from_settings()
    {
        await using var host = await CommandsHost.StartAsync(
            ContractDatabase.Sqlite,
            ("Commands:ConfigRulesVersion", "4"),
            ("Commands:ConfigRules:0:Pattern", "limits.*"),
            ("Commands:ConfigRules:0:Rule", "cloud-wins"),
            ("Commands:ConfigRules:1:Pattern", "*"),
            ("Commands:ConfigRules:1:Rule", "device-wins"));

        var rules = (await host.Get<ConfigRuleStore>().FindAsync(null, TestContext.Current.CancellationToken))!.Rules;

        Assert.Equal((4, ConfigRule.CloudWins, ConfigRule.DeviceWins), (rules.Version, rules.RuleFor("limits.speed"), rules.RuleFor("sampling.interval")));
    }
}
