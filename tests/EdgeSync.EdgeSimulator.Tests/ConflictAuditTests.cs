using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>What must be in the conflict log of a key, and what must not, by the writes that the journals know.</summary>
public sealed class ConflictAuditTests
{
    private const string Key = "panel.key0";
    private const string Writer = "device:1";
    private static readonly DeviceId Device = DeviceId.Parse("01a20caa-cfaa-4097-b351-000000000001");
    private static readonly ConfigRuleSet Rules = new(1, [new ConfigRulePattern(Key, ConfigRule.Max), new ConfigRulePattern("panel.key6", ConfigRule.JsonMerge)]);

    // An operator's write of 1 and a panel's of 2 that knew nothing of each other.
    private static readonly ConfigEntry Operator1 = Operator(1, seen: 0, "1");
    private static readonly ConfigEntry Panel1 = Panel(1, seen: 0, "2");
    private static readonly LoggedConflict Both = Conflict(Operator1, Panel1);

    [Fact]
    public void Two_writes_that_met_are_logged_once()
    {
        var audit = Check([Panel1], [Operator1], [Both], Result(Both));

        AssertPass(audit);
        Assert.Equal((1, 1, 0, 0), (audit.ConflictsLogged, audit.ConflictsRequired, audit.ConflictsMissing, audit.ConflictsWrong));
    }

    [Fact]
    public void A_pair_that_is_not_logged_is_missing()
    {
        var audit = Check([Panel1], [Operator1], [], Result(Both));

        Assert.Equal((1, 1), (audit.ConflictsRequired, audit.ConflictsMissing));
        Assert.Contains("key: write 1 of the panel met an operator's that knew nothing of it, and no conflict is logged", audit.Differences);
        Assert.Contains("key: the final cloud:1,device:1:1 with 2 was neither written nor made by a logged conflict", audit.Differences);
    }

    [Fact]
    public void Writes_that_include_each_other_are_no_conflict()
    {
        var (first, second) = (Panel(1, seen: 1, "2"), Operator(2, seen: 1, "3"));

        AssertPass(Check([first], [Operator1, second], [], second));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Each_write_that_was_merged_by_itself_is_logged_whichever_row_is_gone(int removed)
    {
        // The answer to the first was lost: the panel wrote again, and again knew nothing of the operator.
        var second = Panel(2, seen: 0, "0");
        LoggedConflict[] log = [Both, Conflict(Result(Both), second)];

        AssertPass(Check([Panel1, second], [Operator1], log, Result(log[1])));
        Assert.Equal(2, Check([Panel1, second], [Operator1], log, Result(log[1])).ConflictsRequired);
        var audit = Check([Panel1, second], [Operator1], [log[1 - removed]], Result(log[1]));
        Assert.False(audit.Passed);
        Assert.Equal(1, audit.ConflictsMissing);
    }

    [Fact]
    public void A_write_that_an_operator_saw_before_the_next_was_merged_by_itself()
    {
        var (second, operator2) = (Panel(2, seen: 0, "5"), Operator(2, seen: 1, "4"));
        var last = Conflict(operator2, second);

        AssertPass(Check([Panel1, second], [Operator1, operator2], [Both, last], Result(last)));
        Assert.Equal(1, Check([Panel1, second], [Operator1, operator2], [last], Result(last)).ConflictsMissing);
    }

    [Fact]
    public void A_write_that_the_panel_replaced_before_it_was_sent_need_not_be_logged()
    {
        var second = Panel(2, seen: 0, "0");
        var only = Conflict(Operator1, second);

        var audit = Check([Panel1, second], [Operator1], [only], Result(only));

        AssertPass(audit);
        Assert.Equal(1, audit.ConflictsRequired);
    }

    [Fact]
    public void A_write_that_reached_the_control_plane_before_the_operators_may_not_be_logged()
    {
        var after = Operator(1, seen: 1, "1");
        var audit = Check([Panel1], [after], [Both], after);

        Assert.Equal((0, 1), (audit.ConflictsRequired, audit.ConflictsWrong));
        Assert.EndsWith("which the control plane never had", Assert.Single(audit.Differences), StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_meets_the_state_that_the_control_plane_has_not_one_before()
    {
        var second = Operator(2, seen: 0, "1");
        var right = Conflict(second, Panel1);

        AssertPass(Check([Panel1], [Operator1, second], [right], Result(right)));
        var audit = Check([Panel1], [Operator1, second], [Both, right], Result(right));
        Assert.Contains(audit.Differences, sentence => sentence.EndsWith("is none: device:1:1 never met cloud:1", StringComparison.Ordinal));
        Assert.Contains(audit.Differences, sentence => sentence.EndsWith("and another one have the panel's write device:1:1, which was merged once", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("id", "has another id than its device, key and vectors give")]
    [InlineData("key", "is of panel.key0 and panel.key0")]
    [InlineData("kept", "kept 1 where max keeps 2")]
    [InlineData("rule", "was decided by min where version 1 says max")]
    [InlineData("version", "was decided by version 2 of the rules, which there was not")]
    [InlineData("vectors", "is none: one of device:1:1 and cloud:1,device:1:1 includes the other")]
    [InlineData("sent", "has device:1:1 with 7, which no panel wrote")]
    [InlineData("stored", "has cloud:1 with 0, which the control plane never had")]
    [InlineData("base", "was decided against a base that both sides never had")]
    public void A_row_that_is_not_what_happened_is_wrong(string changed, string sentence)
    {
        var row = changed switch
        {
            "id" => Both with { Id = new string('0', 32) },
            "key" => Both with { Key = "panel.key1" },
            "kept" => Both with { Kept = new JsonValue("1") },
            "rule" => Both with { Rule = ConfigRule.Min },
            "version" => Both with { RuleVersion = 2 },
            "vectors" => Both with { Loser = Result(Both) },
            "sent" => Conflict(Operator1, Panel(1, seen: 0, "7")),
            "stored" => Conflict(Operator(1, seen: 0, "0"), Panel1),
            _ => Conflict(Operator1, Panel1 with { Base = new ConfigBase(VersionVector.Empty, new JsonValue("9")) }),
        };

        var audit = Check([Panel1], [Operator1], [row], Result(Both));

        Assert.Contains(audit.Differences, difference => difference.EndsWith(sentence, StringComparison.Ordinal));
        Assert.True(audit.ConflictsWrong >= 1);
    }

    [Fact]
    public void A_value_made_of_both_sides_is_made_again_from_the_row()
    {
        var common = Operator(1, seen: 0, """{"a":1,"b":1}""", "panel.key6");
        var sent = Panel(1, seen: 1, """{"a":2,"b":1}""", "panel.key6") with { Base = new ConfigBase(common.Vector, common.Value) };
        var stored = Operator(2, seen: 0, """{"a":1,"b":3}""", "panel.key6");
        var row = Conflict(stored, sent);

        var audit = Check([sent with { Base = null }], [common, stored], [row], Result(row));

        AssertPass(audit);
        Assert.Equal("""{"a":2,"b":3}""", row.Kept?.Text);
    }

    [Fact]
    public void A_row_that_is_there_twice_is_wrong()
    {
        var audit = Check([Panel1], [Operator1], [Both, Both], Result(Both));

        Assert.Equal($"key: conflict {Both.Id} is logged 2 times", Assert.Single(audit.Differences));
    }

    [Fact]
    public void An_acknowledged_write_is_counted_in_the_end()
    {
        Assert.Contains("key: the write cloud:1 was acknowledged, and the final device:1:1 does not count it", Check([Panel1], [Operator1], [], Panel1).Differences);
        Assert.Contains("key: the write device:1:1 was acknowledged, and the final cloud:1 does not count it", Check([Panel1], [Operator1], [], Operator1).Differences);
        Assert.Contains("key: the write cloud:1 was acknowledged, and the final  does not count it", Check([], [Operator1], [], null).Differences);
    }

    [Fact]
    public void Two_operators_are_never_given_one_number()
    {
        var other = Operator(1, seen: 0, "8");

        Assert.Equal("key: the operators wrote cloud:1 and cloud:1, of which neither includes the other", Assert.Single(Check([], [Operator1, other], [], other).Differences));
    }

    [Fact]
    public void A_number_that_nobody_wrote_under_is_named()
    {
        var audit = Check([], [Operator1], [], Operator(2, seen: 0, "1"));

        Assert.Equal("key: the final cloud:2 counts 2 writes of the operators, of which 1 are known and 0 in doubt", Assert.Single(audit.Differences));
    }

    [Fact]
    public void A_final_value_that_nobody_wrote_is_named()
    {
        var audit = Check([], [Operator1], [], Operator1 with { Value = new JsonValue("9") });

        Assert.Equal("key: the final cloud:1 with 9 was neither written nor made by a logged conflict", Assert.Single(audit.Differences));
    }

    [Fact]
    public void A_deletion_whose_answer_says_no_vector_may_have_met_the_panels_write_or_not()
    {
        var deletion = Operator(1, seen: 0, null);
        var met = Conflict(deletion, Panel1);

        AssertPass(Check([Panel1], [], [met], Result(met), operatorsInDoubt: [null]));
        AssertPass(Check([Panel1], [], [], Operator(1, seen: 1, null), operatorsInDoubt: [null]));
        Assert.Equal(1, Check([Panel1], [], [Both], Result(Both), operatorsInDoubt: [null]).ConflictsWrong);
    }

    [Fact]
    public void A_deletion_between_two_writes_that_knew_nothing_of_the_panel_knew_nothing_either()
    {
        var third = Operator(3, seen: 0, "3");
        var met = Conflict(third, Panel1);

        AssertPass(Check([Panel1], [Operator1, third], [met], Result(met), operatorsInDoubt: [null]));
        Assert.Equal(1, Check([Panel1], [Operator1, third], [], Result(met), operatorsInDoubt: [null]).ConflictsMissing);
    }

    [Fact]
    public void A_write_of_a_panel_whose_device_was_killed_counts_like_any_other()
    {
        var second = Panel(2, seen: 0, "5");
        LoggedConflict[] log = [Both, Conflict(Result(Both), second)];

        AssertPass(Check([second], [Operator1], log, Result(log[1]), panelInDoubt: [Panel1.Value]));
        Assert.Equal(1, Check([second], [Operator1], [log[1]], Result(log[1]), panelInDoubt: [Panel1.Value]).ConflictsMissing);
        Assert.Contains(
            Check([second], [Operator1], log, Result(log[1]), panelInDoubt: [new JsonValue("6")]).Differences,
            sentence => sentence.EndsWith("has device:1:1 with 2, which no panel wrote", StringComparison.Ordinal));
    }

    [Fact]
    public void A_write_that_never_took_place_is_no_number() => AssertPass(Check([], [Operator1], [], Operator1, panelInDoubt: [new JsonValue("6")], operatorsInDoubt: [null]));

    [Fact]
    public void A_panels_writes_are_one_row_of_numbers_whatever_epochs_they_lie_in()
    {
        var next = new ConfigEntry(Key, Panel1.Vector.Increment("device:2"), new HybridTime(200, 0), "device:2", 0, new JsonValue("5"));
        LoggedConflict[] log = [Both, Conflict(Result(Both), next)];

        AssertPass(Check([Panel1, next], [Operator1], log, Result(log[1])));
        Assert.Equal(1, Check([Panel1, next], [Operator1], [log[1]], Result(log[1])).ConflictsMissing);
    }

    [Fact]
    public void A_rolled_back_device_is_asked_for_no_row_but_each_that_is_there_is_sound_and_no_acknowledged_write_is_gone()
    {
        AssertPass(Check([Panel1], [Operator1], [], Result(Both), rolledBack: true));
        Assert.Equal(1, Check([Panel1], [Operator1], [Both with { Kept = null }], Result(Both), rolledBack: true).ConflictsWrong);
        Assert.Single(Check([Panel1], [Operator1], [], Operator1, rolledBack: true).Differences);
    }

    [Fact]
    public void A_key_that_no_journal_knows_is_asked_for_sound_rows()
    {
        var (pass, fail) = (new AuditResult(), new AuditResult());

        ConflictAudit.Check("key", Device, null, [Both], Result(Both), RulesByVersion(), rolledBack: false, pass);
        ConflictAudit.Check("key", Device, null, [Both with { Id = "0" }], Result(Both), RulesByVersion(), rolledBack: false, fail);

        AssertPass(pass);
        Assert.Equal(1, fail.ConflictsWrong);
    }

    private static AuditResult Check(
        List<ConfigEntry> panel,
        List<ConfigEntry> operators,
        IReadOnlyList<LoggedConflict> log,
        ConfigEntry? final,
        List<JsonValue?>? panelInDoubt = null,
        List<JsonValue?>? operatorsInDoubt = null,
        bool rolledBack = false)
    {
        var audit = new AuditResult();
        ConflictAudit.Check("key", Device, new KeyWrites(panel, panelInDoubt ?? [], operators, operatorsInDoubt ?? []), log, final, RulesByVersion(), rolledBack, audit);
        return audit;
    }

    private static Dictionary<int, ConfigRuleSet> RulesByVersion() => new() { [1] = Rules };

    private static ConfigEntry Operator(int number, int seen, string? value, string key = Key) =>
        new(key, Vector(number, seen), new HybridTime(100 + number, 0), ConfigWriters.Cloud, 0, value is null ? null : new JsonValue(value));

    private static ConfigEntry Panel(int number, int seen, string value, string key = Key) =>
        new(key, Vector(seen, number), new HybridTime(150 + number, 0), Writer, 0, new JsonValue(value));

    private static VersionVector Vector(int cloud, int panel)
    {
        var vector = Enumerable.Range(0, cloud).Aggregate(VersionVector.Empty, (counts, _) => counts.Increment(ConfigWriters.Cloud));
        return Enumerable.Range(0, panel).Aggregate(vector, (counts, _) => counts.Increment(Writer));
    }

    private static LoggedConflict Conflict(ConfigEntry left, ConfigEntry right)
    {
        var conflict = ConfigMerge.Merge(Device, left, right, Rules).Conflict!;
        return new LoggedConflict(conflict.Id, left.Key, conflict.Winner, conflict.Loser, conflict.Rule, conflict.RuleVersion, conflict.Kept);
    }

    private static ConfigEntry Result(LoggedConflict conflict) => ConfigMerge.Merge(Device, conflict.Winner, conflict.Loser, Rules).Entry;

    private static void AssertPass(AuditResult audit) => Assert.True(audit.Passed, string.Join('\n', audit.Differences));
}
