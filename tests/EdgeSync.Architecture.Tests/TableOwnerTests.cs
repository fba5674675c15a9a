using System.Text.RegularExpressions;

namespace EdgeSync.Architecture.Tests;

/// <summary>The control plane's services share a database; each table is one service's to write, as the head of its migration says.</summary>
public sealed partial class TableOwnerTests
{
    private const string Migrations = "EdgeSync.ServiceDefaults/Database/Migrations/";

    private static readonly string[] Services = ["EdgeSync.ServiceDefaults", "EdgeSync.Gateway", "EdgeSync.Ingest", "EdgeSync.Commands"];

    // Every read of another's table ties two services together, so each is named here.
    private static readonly Dictionary<(string Room, string Table), string> ReadsAcross = new()
    {
        [("EdgeSync.Ingest", "device_hints")] = "an acknowledgement says that something waits for the device",
        [("EdgeSync.Commands", "clone_proofs")] = "a device whose identity was copied is quarantined",
        [("EdgeSync.Commands", "sync_status")] = "the fleet's status, and alerts: when a device was heard, by what clock",
        [("EdgeSync.Commands", "device_status")] = "the fleet's status, and alerts: what it said",
        [("EdgeSync.Commands", "status_history")] = "a device's last hours",
        [("EdgeSync.Commands", "stream_checks")] = "the fleet's status, and alerts: whose rows are damaged",
        [("EdgeSync.Commands", "streams")] = "the fleet's status: how much is stored",
        [("EdgeSync.Commands", "sync_latency")] = "the fleet's history: how long readings took",
        [("EdgeSync.Commands", "ingest_queues")] = "an alert when a queue is nearly full",
    };

    private static readonly Dictionary<string, string> Owners = OwnersIn(
        Repository.Files.Where(file => file.StartsWith(Migrations, StringComparison.Ordinal)).Select(Repository.Read));

    [Fact]
    public void Each_table_is_written_by_its_owner_alone() => Rule.Holds(WritesOfOthers(SourceFile.Product, Owners));

    [Fact]
    public void A_service_reads_tables_of_another_only_where_it_is_named() => Rule.Holds(
        ReadsOfOthers(SourceFile.Product, Owners).Where(read => !ReadsAcross.ContainsKey(read)).Select(read => $"{read.Room} reads {read.Table}, which is {Owners[read.Table]}'s."));

    [Fact]
    public void Every_read_that_is_named_is_still_made() =>
        Rule.Holds(ReadsAcross.Keys.Except(ReadsOfOthers(SourceFile.Product, Owners)).Select(read => $"{read.Room} does not read {read.Table} any more; take it off the list."));

    [Theory]
    [InlineData("Ingest")]
    [InlineData("Commands")]
    public void The_documented_grants_are_what_a_service_writes_and_reads(string service)
    {
        var room = $"EdgeSync.{service}";
        var grants = Grant().Matches(Document.Load("docs/databases.md").Text)
            .Where(match => match.Groups["user"].Value == $"edgesync_{service.ToLowerInvariant()}")
            .ToDictionary(match => match.Groups["rights"].Value, match => match.Groups["tables"].Value.Split(", ").Order(StringComparer.Ordinal));

        Assert.Equal(Owners.Where(pair => pair.Value == room).Select(pair => pair.Key).Order(StringComparer.Ordinal), grants["SELECT, INSERT, UPDATE, DELETE"]);
        Assert.Equal(
            ReadsAcross.Keys.Where(read => read.Room == room).Select(read => read.Table).Append("schema_migrations").Order(StringComparer.Ordinal), grants["SELECT"]);
    }

    [Fact]
    public void The_simulator_writes_no_table() => Rule.Holds(
        from file in SourceFile.Product
        where file.Room == "EdgeSync.EdgeSimulator"
        from sql in file.Strings().Where(Sql.IsSql)
        from table in Sql.TablesWritten(sql)
        select $"{file.Path} writes {table}: an audit that changes what it looks at proves nothing.");

    [Fact]
    public void A_write_to_anothers_table_is_found() => Assert.Equal(
        ["EdgeSync.Ingest/XStore.cs writes commands, which is EdgeSync.Commands's."],
        WritesOfOthers(
            [new SourceFile("EdgeSync.Ingest/XStore.cs", """class X { string Sql = "UPDATE commands SET state = 'x'"; string Own = "INSERT INTO streams (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 1"; }""")],
            Owners));

    [Fact]
    public void A_file_with_tables_of_two_services_names_both()
    {
        var owners = OwnersIn(["-- Owned by EdgeSync.Commands.\nCREATE TABLE a (x INT8);\n\n-- Owned by EdgeSync.Ingest. And why.\nCREATE TABLE b (x INT8);\n"]);

        Assert.Equal(("EdgeSync.Commands", "EdgeSync.Ingest"), (owners["a"], owners["b"]));
    }

    [Fact]
    public void A_table_that_no_migration_makes_is_found() => Assert.Equal(
        ["EdgeSync.Ingest/XStore.cs writes invoices, which no migration makes."],
        WritesOfOthers([new SourceFile("EdgeSync.Ingest/XStore.cs", """class X { string Sql = "DELETE FROM invoices"; }""")], Owners));

    [Fact]
    public void A_read_of_anothers_table_is_found() => Assert.Equal(
        [("EdgeSync.Commands", "sync_status")],
        ReadsOfOthers([new SourceFile("EdgeSync.Commands/XStore.cs", """class X { string Sql = "SELECT 1 FROM devices JOIN sync_status USING (device_id)"; }""")], Owners));

    private static IEnumerable<string> WritesOfOthers(IEnumerable<SourceFile> files, Dictionary<string, string> owners) =>
        from file in files
        where Services.Contains(file.Room)
        from table in file.Strings().Where(Sql.IsSql).SelectMany(Sql.TablesWritten).Distinct()
        where owners.GetValueOrDefault(table) != file.Room
        select owners.TryGetValue(table, out var owner) ? $"{file.Path} writes {table}, which is {owner}'s." : $"{file.Path} writes {table}, which no migration makes.";

    private static IEnumerable<(string Room, string Table)> ReadsOfOthers(IEnumerable<SourceFile> files, Dictionary<string, string> owners) =>
        from read in (from file in files
                      where Services.Contains(file.Room)
                      from sql in file.Strings().Where(Sql.IsSql)
                      from table in Sql.TablesRead(sql)
                      select (file.Room, Table: table)).Distinct()
        where owners.TryGetValue(read.Table, out var owner) && owner != read.Room
        select read;

    private static Dictionary<string, string> OwnersIn(IEnumerable<string> migrations)
    {
        // The account of applied migrations is made before there are any.
        var owners = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["schema_migrations"] = "EdgeSync.ServiceDefaults",
            ["schema_migration_lease"] = "EdgeSync.ServiceDefaults",
        };
        foreach (var sql in migrations)
        {
            Assert.True(Owner().IsMatch(sql), "A migration begins with the line '-- Owned by EdgeSync.SERVICE.'; another such line gives what follows it to another service.");
            foreach (var part in NextOwner().Split(sql))
            {
                foreach (var table in Sql.TablesCreated(part))
                {
                    // A file for one database makes the same table as the general one.
                    owners[table] = Owner().Match(part).Groups["room"].Value;
                }
            }
        }

        return owners;
    }

    [GeneratedRegex(@"^GRANT (?<rights>SELECT[A-Z, ]*) ON (?<tables>[a-z_, ]+) TO (?<user>\w+);", RegexOptions.Multiline)]
    private static partial Regex Grant();

    [GeneratedRegex(@"^-- Owned by (?<room>EdgeSync\.\w+)\.")]
    private static partial Regex Owner();

    [GeneratedRegex(@"(?<=\n)(?=-- Owned by )")]
    private static partial Regex NextOwner();
}
