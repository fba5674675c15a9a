using System.Text.RegularExpressions;

namespace EdgeSync.ServiceDefaults.Tests;

/// <summary>A migration that says that older programs work with it only adds, so that they do.</summary>
public sealed partial class MigrationPromiseTests
{
    // The files up to here were there before programs read such a line; their checksums are recorded.
    private const long LastWithout = 17;

    [Theory]
    [InlineData("-- Owned by EdgeSync.Ingest.\n-- Works with programs from 016 on.\n\nCREATE TABLE a (x TEXT);\n", 16L)]
    [InlineData("-- Works with programs from 001 on.\r\nCREATE TABLE a (x TEXT);\r\n", 1L)]
    [InlineData("-- Owned by EdgeSync.Ingest.\nCREATE TABLE a (x TEXT);\n", null)]
    public void A_file_says_which_programs_work_with_it(string sql, long? expected) => Assert.Equal(expected, new MigrationFile(18, "018_a.sql", sql).WorksFrom);

    [Theory]
    [InlineData("-- Works with programs from 18 on.")]
    [InlineData("-- Works with programs from 018 on.")]
    [InlineData("-- Works with programs from 017 on, mostly.")]
    [InlineData("-- Works with programs of 017.")]
    public void A_line_that_cannot_be_read_is_refused(string line) => Assert.Equal(
        "018_a.sql: write '-- Works with programs from NNN on.', with the number of an earlier migration.",
        Assert.Throws<InvalidOperationException>(() => new MigrationFile(18, "018_a.sql", line + "\n")).Message);

    [Fact]
    public void Every_file_from_now_on_says_whether_older_programs_work_with_it() => Assert.All(
        All().Where(file => file.File.Version > LastWithout),
        file => Assert.Matches(@"(?m)^-- Works with (programs from \d{3} on\.|no earlier program: .+)", file.File.Sql));

    [Fact]
    public void Who_says_so_only_adds() => Assert.All(All().Where(file => file.File.WorksFrom is not null), file => Assert.Empty(Harm(file.Kind, file.File)));

    // What the rule finds in what there is: the index that it names has a successor, so programs from before find the same rows by that one.
    [Fact]
    public void What_there_is_has_only_added_but_for_one_index() => Assert.Equal(
        ["011_command_order.sql: DROP INDEX IF EXISTS commands_waiting"],
        All().SelectMany(file => Harm(file.Kind, file.File)).Distinct());

    [Theory]
    [InlineData("CREATE TABLE IF NOT EXISTS b (x INT8 NOT NULL, PRIMARY KEY (x))")]
    [InlineData("CREATE TABLE IF NOT EXISTS b (x INT8 NOT NULL);\nCREATE UNIQUE INDEX IF NOT EXISTS b_x ON b (x)")]
    [InlineData("CREATE INDEX IF NOT EXISTS a_x ON a (x)")]
    [InlineData("CREATE INDEX IF NOT EXISTS a_x ON a (x) USING HASH WITH (bucket_count = 8)")]
    [InlineData("ALTER TABLE a ADD COLUMN IF NOT EXISTS y TEXT NULL")]
    [InlineData("ALTER TABLE a ADD COLUMN IF NOT EXISTS y INT8 NOT NULL DEFAULT 0")]
    [InlineData("ALTER TABLE a SET (fillfactor = 70)")]
    public void What_adds_is_let_through(string sql) => Assert.Empty(Harm(DatabaseKind.PostgreSql, new MigrationFile(18, "018_a.sql", sql + ";\n")));

    [Theory]
    [InlineData("DROP TABLE a")]
    [InlineData("DROP INDEX IF EXISTS a_x")]
    [InlineData("ALTER TABLE a DROP COLUMN x")]
    [InlineData("ALTER TABLE a RENAME COLUMN x TO y")]
    [InlineData("ALTER TABLE a RENAME TO b")]
    [InlineData("ALTER TABLE a ALTER COLUMN x TYPE TEXT")]
    [InlineData("ALTER TABLE a ALTER COLUMN x SET NOT NULL")]
    [InlineData("ALTER TABLE a ADD CONSTRAINT c CHECK (x > 0)")]
    [InlineData("ALTER TABLE a ADD COLUMN IF NOT EXISTS y INT8 NOT NULL")]
    [InlineData("ALTER TABLE a ADD COLUMN IF NOT EXISTS y INT8")]
    [InlineData("ALTER TABLE a ADD COLUMN IF NOT EXISTS y INT8 NULL UNIQUE")]
    [InlineData("ALTER TABLE a ADD COLUMN IF NOT EXISTS y INT8 NOT NULL DEFAULT 0 CHECK (y < 9)")]
    [InlineData("ALTER TABLE a ADD COLUMN IF NOT EXISTS y INT8 NULL, DROP COLUMN x")]
    [InlineData("CREATE UNIQUE INDEX IF NOT EXISTS a_x ON a (x)")]
    [InlineData("UPDATE a SET x = 1")]
    [InlineData("DELETE FROM a")]
    [InlineData("CREATE TRIGGER t BEFORE INSERT ON a EXECUTE FUNCTION f()")]
    public void What_does_more_is_found(string sql) => Assert.Equal([$"018_a.sql: {sql}"], Harm(DatabaseKind.PostgreSql, new MigrationFile(18, "018_a.sql", sql + ";\n")));

    private static IEnumerable<(DatabaseKind Kind, MigrationFile File)> All() => Enum.GetValues<DatabaseKind>().SelectMany(kind => MigrationFile.For(kind).Select(file => (kind, file)));

    /// <summary>Statements that a program which does not know them may stumble over.</summary>
    private static IEnumerable<string> Harm(DatabaseKind kind, MigrationFile file)
    {
        var statements = file.Statements(kind).ToList();
        var made = statements.Select(statement => NewTable().Match(statement)).Where(match => match.Success).Select(match => match.Groups["table"].Value).ToHashSet(StringComparer.Ordinal);
        return statements.Where(statement => !Addition().IsMatch(statement) && !(UniqueIndex().Match(statement) is { Success: true } index && made.Contains(index.Groups["table"].Value)))
            .Select(statement => $"{file.Name}: {statement}");
    }

    [GeneratedRegex(@"^CREATE TABLE IF NOT EXISTS (?<table>\w+)")]
    private static partial Regex NewTable();

    // What is unique in an old table refuses what older programs write.
    [GeneratedRegex(@"^CREATE UNIQUE INDEX IF NOT EXISTS \w+ ON (?<table>\w+)")]
    private static partial Regex UniqueIndex();

    [GeneratedRegex(@"^(CREATE (TABLE|INDEX) IF NOT EXISTS\b|ALTER TABLE \w+ (SET \(|ADD COLUMN( IF NOT EXISTS)? \w+ \w+ (NULL|NOT NULL DEFAULT \S+)$))")]
    private static partial Regex Addition();
}
