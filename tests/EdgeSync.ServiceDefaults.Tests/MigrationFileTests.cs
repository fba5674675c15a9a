using Microsoft.Data.Sqlite;

namespace EdgeSync.ServiceDefaults.Tests;

public sealed class MigrationFileTests
{
    private static readonly (string, string)[] Files =
    [
        ("002_b.sql", "b"),
        ("001_a.sql", "a"),
        ("003_c.sql", "general"),
        ("003_c.cockroachdb.sql", "hashed"),
        ("004_d.cockroachdb.sql", "ttl"),
    ];

    [Theory]
    [InlineData(DatabaseKind.Sqlite, "a b general")]
    [InlineData(DatabaseKind.PostgreSql, "a b general")]
    [InlineData(DatabaseKind.CockroachDb, "a b hashed ttl")]
    public void A_database_takes_its_own_file_before_the_general_one(DatabaseKind kind, string expected) =>
        Assert.Equal(expected, string.Join(' ', MigrationFile.Choose(kind, Files).Select(file => file.Sql)));

    [Theory]
    [InlineData("1_a.sql")]
    [InlineData("001-a.sql")]
    [InlineData("001_a.oracle.sql")]
    public void A_name_that_says_no_number_or_database_is_refused(string name) =>
        Assert.Contains(name, Assert.Throws<InvalidOperationException>(() => MigrationFile.Choose(DatabaseKind.Sqlite, [(name, "")])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_number_is_taken_once() =>
        Assert.Throws<InvalidOperationException>(() => MigrationFile.Choose(DatabaseKind.Sqlite, [("001_a.sql", ""), ("001_b.sql", "")]));

    [Fact]
    public void Statements_end_with_a_semicolon_at_the_end_of_a_line()
    {
        var file = new MigrationFile(1, "001_a.sql", """
            -- Owned by EdgeSync.Ingest.
            CREATE TABLE a (
              -- Why; not what.
              x TEXT DEFAULT ';'
            ) ${clustered};

            CREATE INDEX b ON a (x);
            """);
        Assert.Equal(["CREATE TABLE a (\n  x TEXT DEFAULT ';'\n)", "CREATE INDEX b ON a (x)"], file.Statements(DatabaseKind.PostgreSql));
        Assert.Equal("CREATE TABLE a (\n  x TEXT DEFAULT ';'\n) WITHOUT ROWID", file.Statements(DatabaseKind.Sqlite).First());
    }

    [Fact]
    public void Every_database_gets_the_same_tables()
    {
        var tables = Enum.GetValues<DatabaseKind>().Select(kind => MigrationFile.For(kind).SelectMany(file => file.Statements(kind)).Where(statement => statement.StartsWith("CREATE TABLE", StringComparison.Ordinal)).Order().Select(Flat)).ToList();
        Assert.NotEmpty(tables[0]);
        Assert.All(tables, other => Assert.Equal(tables[0], other));

        static string Flat(string statement) => statement.Replace(" WITHOUT ROWID", "", StringComparison.Ordinal).TrimEnd();
    }

    [Fact]
    public void Every_statement_may_be_run_again() => Assert.All(
        new[] { DatabaseKind.PostgreSql, DatabaseKind.CockroachDb }.SelectMany(kind => MigrationFile.For(kind).SelectMany(file => file.Statements(kind))),
        statement => Assert.Matches(@"^(CREATE (TABLE|(UNIQUE )?INDEX) IF NOT EXISTS|DROP INDEX IF EXISTS|ALTER TABLE \w+ (SET|ADD COLUMN IF NOT EXISTS))\b", statement));

    [Fact]
    public async Task Every_statement_may_be_run_again_on_SQLite_which_has_no_words_for_a_column_that_is_there()
    {
        await using var connection = new SqliteConnection("Data Source=:memory:");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var statements = MigrationFile.For(DatabaseKind.Sqlite).SelectMany(file => file.Statements(DatabaseKind.Sqlite)).ToList();

        foreach (var statement in statements.SelectMany(statement => new[] { statement, statement }).Concat(statements))
        {
            await MigrationStore.RunAsync(connection, statement, TestContext.Current.CancellationToken);
        }

        Assert.Contains(statements, statement => statement.Contains("ADD COLUMN", StringComparison.Ordinal));
        await Assert.ThrowsAsync<SqliteException>(() => MigrationStore.RunAsync(connection, "ALTER TABLE commands ADD COLUMN", TestContext.Current.CancellationToken));
    }

    // What only CockroachDB reads cannot be run here: its text is held, so that a change of it is seen.
    [Fact]
    public void On_CockroachDB_no_index_begins_with_a_time_unless_it_is_hash_sharded()
    {
        var indexes = MigrationFile.For(DatabaseKind.CockroachDb).SelectMany(file => file.Statements(DatabaseKind.CockroachDb)).Where(statement => statement.StartsWith("CREATE", StringComparison.Ordinal) && statement.Contains("INDEX", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, indexes.Count(statement => statement.Contains("USING HASH WITH (bucket_count = 8)", StringComparison.Ordinal)));
        // A hash is spread over the whole range as it is; the rows of a batch or a rollout are written together, whatever their key begins with; keys for retries are the operators' own;
        // alerts and their notifications are few, and one instance writes them.
        string[] others = ["(secret_hash)", "(batch_id", "(rollout_id", "(idempotency_key)", "ON alerts (rule, ", "ON alert_notifications (state, ", "ON stream_checks (device_id)"];
        Assert.All(
            indexes.Where(statement => !statement.Contains("USING HASH", StringComparison.Ordinal) && !others.Any(other => statement.Contains(other, StringComparison.Ordinal))),
            statement => Assert.Contains("(device_id, ", statement, StringComparison.Ordinal));
    }
}
