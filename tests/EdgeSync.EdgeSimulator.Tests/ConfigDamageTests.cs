namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>The audit can fail: a configuration document or a conflict log that was damaged behind the system's back is named.</summary>
[Collection("finished run")]
public sealed class ConfigDamageTests(FinishedRun run)
{
    [Fact]
    public void A_configuration_that_differs_is_named()
    {
        using var copy = run.Copy();
        copy.Damage("UPDATE device_configs SET value = '42000' WHERE version = (SELECT max(version) FROM device_configs)");

        Assert.Contains(copy.Audit().Differences, sentence => sentence.Contains(" in the control plane", StringComparison.Ordinal) && sentence.Contains("on the device, 42000 by ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("UPDATE device_config SET vector = replace(vector, '}', ',\"device:99\":\"1\"}')", "on the device, ")]
    [InlineData("UPDATE device_config SET in_force = '42000'", "in the document, 42000 in force")]
    [InlineData("DELETE FROM device_config", "absent on the device, ")]
    [InlineData("UPDATE device_state SET config_version = config_version - 1", "configuration: version ")]
    public void A_document_that_differs_on_the_device_is_named(string damage, string sentence)
    {
        using var copy = run.Copy();
        foreach (var path in Enumerable.Range(0, 5).Select(copy.Folder.Device))
        {
            copy.Damage(damage, path);
        }

        Assert.Contains(copy.Audit().Differences, difference => difference.Contains(sentence, StringComparison.Ordinal));
    }

    // Of a conflict here and there nobody can tell that it had to be there: a few are taken until one is missed.
    [Fact]
    public async Task A_removed_conflict_is_missing()
    {
        using var copy = run.Copy();
        var logged = copy.Audit().ConflictsLogged;
        AuditResult audit;
        do
        {
            copy.Damage("DELETE FROM conflict_log WHERE conflict_id = (SELECT max(conflict_id) FROM conflict_log)");
            logged--;
            audit = copy.Audit();
            Assert.Equal(logged, audit.ConflictsLogged);
        }
        while (audit.ConflictsMissing == 0 && logged > 0);

        Assert.Equal(1, audit.ConflictsMissing);
        Assert.Contains(audit.Differences, sentence => sentence.EndsWith("and no conflict is logged", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.AuditFailed, (await copy.AuditVerbAsync()).ExitCode);
    }

    [Fact]
    public async Task A_log_without_its_conflicts_misses_each_that_had_to_be_there()
    {
        using var copy = run.Copy();
        // All of them: that one alone had to be there cannot always be told.
        copy.Damage("DELETE FROM conflict_log");

        var audit = copy.Audit();

        Assert.True(audit.ConflictsMissing > 0);
        Assert.Equal((0, audit.ConflictsRequired), (audit.ConflictsLogged, audit.ConflictsMissing));
        Assert.Contains(audit.Differences, sentence => sentence.EndsWith("and no conflict is logged", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.AuditFailed, (await copy.AuditVerbAsync()).ExitCode);
    }

    [Fact]
    public void A_conflict_that_kept_another_value_is_wrong()
    {
        using var copy = run.Copy();
        copy.Damage("UPDATE conflict_log SET kept = '42000', decided_by = 'nobody' WHERE conflict_id = (SELECT max(conflict_id) FROM conflict_log)");

        var audit = copy.Audit();

        Assert.True(audit.ConflictsWrong > 0);
        Assert.Contains(audit.Differences, sentence => sentence.Contains(" kept 42000 where ", StringComparison.Ordinal));
    }
}
