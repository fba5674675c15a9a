using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Settings of this service, section <c>Commands</c>.</summary>
public sealed record CommandsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Commands";

    /// <summary>Transactions of groups under way at once on a database server, 1 to 16; the embedded database always has one.</summary>
    public int Writers { get; init; } = 2;

    /// <summary>Creations, pulls, receipts and results that may wait for each writer, 1 to 100,000; more are answered 503.</summary>
    public int QueueRequestsMax { get; init; } = 10_000;

    /// <summary>How long a writer to a database server that has work waits for more before it commits a group, up to 50 ms; a request that finds it idle never waits.</summary>
    public TimeSpan CommitWait { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>Requests in one transaction, 1 to 5,000.</summary>
    public int CommitRequestsMax { get; init; } = 500;

    /// <summary>How long a sent command waits for its receipt before it may be sent again, 1 second to 1 hour.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a command is sent before it expires without a receipt, 1 to 1,000.</summary>
    public int LeaseAttemptsMax { get; init; } = 20;

    /// <summary>How often overdue commands and leases are looked for, 100 milliseconds to 1 hour.</summary>
    public TimeSpan ExpirySweepInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Commands that one look handles in one transaction, 1 to 10,000.</summary>
    public int ExpirySweepMax { get; init; } = 500;

    /// <summary>How often batches of commands are looked for that another instance left unfinished, 100 milliseconds to 1 hour. An instance begins its own at once.</summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often proofs are looked for that a device's identity was copied, 100 milliseconds to 1 hour.</summary>
    public TimeSpan QuarantineSweepInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often rollouts are looked after, 100 milliseconds to 1 hour.</summary>
    public TimeSpan RolloutInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often an idle event stream gets a comment line, so that nobody takes it for dead, 1 to 40 seconds: devices give up after <see cref="Limits.EventSilenceMax"/>.</summary>
    public TimeSpan EventCommentInterval { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How often changes made by other instances are looked for, 10 milliseconds to 1 minute.</summary>
    public TimeSpan HintPollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How far back such a look reads: longer than any transaction takes and clocks differ, 1 second to 10 minutes.</summary>
    public TimeSpan HintWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Devices that may wait here at once, 1 to 1,000,000; one more is answered 503.</summary>
    public int WaitingDevicesMax { get; init; } = 20_000;

    /// <summary>
    /// The version of <see cref="ConfigRules"/>, 1 or more. They are set when the service starts and the fleet's rules have a lower version; those are counted up with every change at run time.
    /// </summary>
    public int ConfigRulesVersion { get; init; } = 1;

    /// <summary>How concurrent configuration writes are resolved; the first pattern that matches a key decides, the last writer wins where none does.</summary>
    public IReadOnlyList<ConfigRuleOption> ConfigRules { get; init; } = [];

    internal GroupLimits ToLimits(bool isServer) => isServer ? new(Writers, QueueRequestsMax, CommitWait) : new(1, QueueRequestsMax, TimeSpan.Zero);

    internal ConfigRuleSet ToRuleSet() =>
        new(ConfigRulesVersion, [.. ConfigRules.Select(rule => new ConfigRulePattern(rule.Pattern, Words.Parse<ConfigRule>(rule.Rule), rule.Resolver))]);
}

/// <summary>The rule for keys that match a pattern.</summary>
public sealed record ConfigRuleOption
{
    /// <summary>A key, with <c>*</c> for any characters.</summary>
    public string Pattern { get; init; } = "";

    /// <summary>The word of a <see cref="ConfigRule"/>, e.g. <c>cloud-wins</c>.</summary>
    public string Rule { get; init; } = "";

    /// <summary>The name of a registered resolver, where the rule is <c>custom</c>.</summary>
    public string? Resolver { get; init; }
}

/// <summary>Says at start what to change.</summary>
internal sealed class CommandsOptionsValidator(ConfigResolvers resolvers) : IValidateOptions<CommandsOptions>
{
    public ValidateOptionsResult Validate(string? name, CommandsOptions options)
    {
        var errors = new List<string>();
        Range(errors, nameof(options.Writers), options.Writers, 1, 16);
        Range(errors, nameof(options.QueueRequestsMax), options.QueueRequestsMax, 1, 100_000);
        Range(errors, nameof(options.CommitWait), options.CommitWait, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        Range(errors, nameof(options.CommitRequestsMax), options.CommitRequestsMax, 1, 5_000);
        Range(errors, nameof(options.Lease), options.Lease, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Range(errors, nameof(options.LeaseAttemptsMax), options.LeaseAttemptsMax, 1, 1_000);
        Range(errors, nameof(options.ExpirySweepInterval), options.ExpirySweepInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Range(errors, nameof(options.ExpirySweepMax), options.ExpirySweepMax, 1, 10_000);
        Range(errors, nameof(options.BatchInterval), options.BatchInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Range(errors, nameof(options.QuarantineSweepInterval), options.QuarantineSweepInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Range(errors, nameof(options.RolloutInterval), options.RolloutInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Range(errors, nameof(options.EventCommentInterval), options.EventCommentInterval, TimeSpan.FromSeconds(1), Limits.EventSilenceMax - TimeSpan.FromSeconds(5));
        Range(errors, nameof(options.HintPollInterval), options.HintPollInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Range(errors, nameof(options.HintWindow), options.HintWindow, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Range(errors, nameof(options.WaitingDevicesMax), options.WaitingDevicesMax, 1, 1_000_000);
        Range(errors, nameof(options.ConfigRulesVersion), options.ConfigRulesVersion, 1, int.MaxValue);
        Range(errors, nameof(options.ConfigRules), options.ConfigRules.Count, 0, Limits.ConfigRulesMax);
        foreach (var (i, rule) in options.ConfigRules.Index())
        {
            if (ConfigPatterns.Check(rule.Pattern) is not null)
            {
                errors.Add($"Set {CommandsOptions.Section}:ConfigRules:{i}:Pattern to a configuration key of at most {Limits.ConfigKeyBytesMax} characters, with * for any characters.");
            }

            if (!Words.TryParse<ConfigRule>(rule.Rule, out var known))
            {
                errors.Add($"Set {CommandsOptions.Section}:ConfigRules:{i}:Rule to one of {Words.List<ConfigRule>()}; it is '{rule.Rule}'.");
            }
            else if (resolvers.Check(known, rule.Resolver) is { } wrong)
            {
                errors.Add($"Set {CommandsOptions.Section}:ConfigRules:{i}:Resolver to what the rule needs. {wrong}");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Range<T>(List<string> errors, string setting, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            errors.Add(FormattableString.Invariant($"Set {CommandsOptions.Section}:{setting} to a value from {least} to {most}; it is {value}."));
        }
    }
}
