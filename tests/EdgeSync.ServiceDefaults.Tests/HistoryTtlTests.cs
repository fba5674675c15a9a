namespace EdgeSync.ServiceDefaults.Tests;

/// <summary>What only CockroachDB reads cannot be run on PostgreSQL: its text is held, so that a change of it is seen.</summary>
public sealed class HistoryTtlTests
{
    [Fact]
    public void A_retention_is_an_expression_over_each_tables_own_time() => Assert.Equal(
        [
            "ALTER TABLE conflict_log SET (ttl_expiration_expression = 'to_timestamp((resolved_at + 2592000000000)::FLOAT8 / 1000000)', ttl_job_cron = '15 3 * * *', ttl_delete_rate_limit = 1000)",
            "ALTER TABLE commands SET (ttl_expiration_expression = 'to_timestamp((completed_at + 2592000000000)::FLOAT8 / 1000000)', ttl_job_cron = '45 3 * * *', ttl_delete_rate_limit = 1000)",
        ],
        HistoryTtlStore.Statements(TimeSpan.FromDays(30)));

    [Fact]
    public void Without_one_the_ttl_is_taken_off() =>
        Assert.Equal(["ALTER TABLE conflict_log RESET (ttl)", "ALTER TABLE commands RESET (ttl)"], HistoryTtlStore.Statements(null));

    [Theory]
    [InlineData("... (completed_at + 864000000000:::INT8)::FLOAT8 ...", 10, true)]
    [InlineData("... (completed_at + 864000000000:::INT8)::FLOAT8 ...", 1, false)]
    [InlineData("... (completed_at + 86400000000)::FLOAT8 ...", 1, true)]
    [InlineData("CREATE TABLE commands (...)", 1, false)]
    public void Another_retention_is_told_from_the_one_that_is_set(string definition, int days, bool isSet) =>
        Assert.Equal(isSet, HistoryTtlStore.IsSet(definition, TimeSpan.FromDays(days)));
}
