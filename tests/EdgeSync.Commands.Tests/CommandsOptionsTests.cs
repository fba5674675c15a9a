using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands.Tests;

public sealed class CommandsOptionsTests
{
    [Theory]
    [InlineData("Commands:Lease", "00:00:00", "Set Commands:Lease to a value from 00:00:01 to 01:00:00; it is 00:00:00.")]
    [InlineData("Commands:LeaseAttemptsMax", "0", "Set Commands:LeaseAttemptsMax to a value from 1 to 1000; it is 0.")]
    [InlineData("Commands:ExpirySweepInterval", "00:00:00", "Set Commands:ExpirySweepInterval")]
    [InlineData("Commands:ExpirySweepMax", "0", "Set Commands:ExpirySweepMax")]
    [InlineData("Commands:QuarantineSweepInterval", "00:00:00", "Set Commands:QuarantineSweepInterval")]
    [InlineData("Commands:EventCommentInterval", "00:00:00", "Set Commands:EventCommentInterval")]
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
