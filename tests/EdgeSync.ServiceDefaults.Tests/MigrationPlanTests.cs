namespace EdgeSync.ServiceDefaults.Tests;

/// <summary>Which schemas a program that goes up to 003 takes, and what it does about them.</summary>
public sealed class MigrationPlanTests
{
    private static readonly IReadOnlyList<MigrationFile> Files = MigrationFile.Choose(DatabaseKind.Sqlite, [("001_a.sql", "a"), ("002_b.sql", "b"), ("003_c.sql", "c")]);

    // Applied as NUMBER, or NUMBER>FROM where it works with programs from FROM on.
    [Theory]
    [InlineData("", "001_a.sql 002_b.sql 003_c.sql", "")]
    [InlineData("1", "002_b.sql 003_c.sql", "")]
    [InlineData("1 2 3", "", "")]
    [InlineData("1 2 3 4>3", "", "004_x.sql")]
    [InlineData("1 2 3 4>1", "", "004_x.sql")]
    [InlineData("1 2 3 4>3 5>3", "", "004_x.sql 005_x.sql")]
    // Numbers may be left out: a file of another database alone.
    [InlineData("1 2 3 7>3", "", "007_x.sql")]
    public void What_is_missing_is_pending_and_what_works_with_it_is_left(string applied, string pending, string newer)
    {
        var plan = MigrationPlan.Of(Files, Account(applied));

        Assert.Equal((pending, newer), (string.Join(' ', plan.Pending.Select(file => file.Name)), string.Join(' ', plan.Newer)));
    }

    [Theory]
    [InlineData("1 2 3 4", "The database has migration 004_x.sql, which this program does not know: it goes up to 003_c.sql. Start the newer program, or restore an older database.")]
    [InlineData("1 2 3 4>3 5", "The database has migration 005_x.sql, which this program does not know: it goes up to 003_c.sql. Start the newer program, or restore an older database.")]
    [InlineData("1 2 3 4>3 5>4", "The database has migration 005_x.sql, which works with programs from 004 on: this one goes up to 003_c.sql. Start a newer program, or restore an older database.")]
    [InlineData("1 2 4>3", "The database has migration 004_x.sql, which this program does not know, and lacks 003_c.sql: they are of two histories. Start the program that made this database, or restore it.")]
    [InlineData("0>0 1 2 3", "The database has migration 000_x.sql, which this program does not know: it goes up to 003_c.sql. Start the newer program, or restore an older database.")]
    public void A_database_that_is_too_new_or_another_is_refused(string applied, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<MigrationException>(() => MigrationPlan.Of(Files, Account(applied))).Message);

    [Fact]
    public void A_file_that_changed_after_it_was_applied_is_refused() => Assert.Contains(
        "001_a.sql was applied with other content",
        Assert.Throws<MigrationException>(() => MigrationPlan.Of(Files, [new AppliedMigration(1, "001_a.sql", "another")])).Message,
        StringComparison.Ordinal);

    private static List<AppliedMigration> Account(string applied) => [.. applied.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text =>
    {
        var parts = text.Split('>');
        var version = long.Parse(parts[0]);
        var file = Files.FirstOrDefault(file => file.Version == version);
        return new AppliedMigration(version, file?.Name ?? $"{version:D3}_x.sql", file?.Checksum ?? "", parts.Length > 1 ? long.Parse(parts[1]) : null);
    })];
}
