using EdgeSync.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EdgeSync.ServiceDefaults.Tests;

public sealed class MigrationsOnSqlite : MigrationTests
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-migrations-");

    protected override DatabaseKind Kind => DatabaseKind.Sqlite;

    protected override ValueTask<string> CreateDatabaseAsync() => ValueTask.FromResult($"Data Source={Path.Combine(_directory.FullName, $"{Guid.NewGuid():N}.db")}");

    public override ValueTask DisposeAsync()
    {
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

public sealed class MigrationsOnServer : MigrationTests
{
    private readonly List<TestDatabase> _databases = [];

    protected override DatabaseKind Kind => DatabaseKind.PostgreSql;

    protected override async ValueTask<string> CreateDatabaseAsync()
    {
        _databases.Add(await TestDatabase.CreateAsync(Ct));
        return _databases[^1].ConnectionString;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var database in _databases)
        {
            await database.DisposeAsync();
        }
    }
}

/// <summary>The schema comes up, once, whoever starts first and whatever was interrupted.</summary>
public abstract class MigrationTests : IAsyncDisposable
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected abstract DatabaseKind Kind { get; }

    protected abstract ValueTask<string> CreateDatabaseAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task An_empty_database_gets_every_file_once()
    {
        await using var host = new DatabaseHost(await CreateDatabaseAsync());
        var applied = await host.Migrations.ApplyAsync(Ct);
        Assert.Equal(MigrationFile.For(host.Database.Kind).Select(file => file.Name), applied.Select(file => file.Name));
        Assert.Empty(await host.Migrations.ApplyAsync(Ct));
        Assert.Equal(applied.Count, await host.CountAsync("SELECT COUNT(*) FROM schema_migrations"));
        Assert.Equal(0, await host.CountAsync("SELECT COUNT(*) FROM schema_migration_lease"));
        Assert.Equal(0, await host.CountAsync("SELECT COUNT(*) FROM telemetry_data"));
    }

    [Fact]
    public async Task Instances_that_start_at_once_apply_each_file_once()
    {
        var text = await CreateDatabaseAsync();
        var hosts = Enumerable.Range(0, 6).Select(_ => new DatabaseHost(text)).ToList();
        await Task.WhenAll(hosts.Select(host => host.StartAsync()));
        Assert.Equal(MigrationFile.For(hosts[0].Database.Kind).Count, await hosts[0].CountAsync("SELECT COUNT(*) FROM schema_migrations"));
        foreach (var host in hosts)
        {
            Assert.Empty(await host.Migrations.PendingAsync(Ct));
            await host.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_file_that_was_broken_off_at_any_statement_is_run_again()
    {
        var file = MigrationFile.For(Kind)[0];
        foreach (var done in Enumerable.Range(1, file.Statements(Kind).Count()))
        {
            await using var host = new DatabaseHost(await CreateDatabaseAsync());
            foreach (var statement in file.Statements(Kind).Take(done))
            {
                await host.ExecuteAsync(statement);
            }

            Assert.Contains(file.Name, (await host.Migrations.ApplyAsync(Ct)).Select(applied => applied.Name));
            Assert.Equal(0, await host.CountAsync("SELECT COUNT(*) FROM sync_status"));
        }
    }

    [Fact]
    public async Task A_holder_that_died_is_replaced_after_its_lease_and_a_living_one_waited_for()
    {
        await using var host = new DatabaseHost(await CreateDatabaseAsync());
        await using (var connection = await host.Database.OpenAsync(Ct))
        {
            await MigrationStore.CreateAsync(connection, host.Database.Kind);
            Assert.True(await MigrationStore.TakeLeaseAsync(connection, host.Database.Kind, "another", TimeSpan.FromMinutes(10)));
            Assert.False(await MigrationStore.TakeLeaseAsync(connection, host.Database.Kind, "third", TimeSpan.FromMinutes(10)));
            var waiting = host.Migrations.ApplyAsync(Ct);
            Assert.True(await MigrationStore.TakeLeaseAsync(connection, host.Database.Kind, "another", TimeSpan.FromMinutes(-1)));
            Assert.NotEmpty(await waiting);
        }
    }

    [Fact]
    public async Task A_statement_that_fails_is_named_and_leaves_the_lease()
    {
        await using var host = new DatabaseHost(await CreateDatabaseAsync());
        await host.ExecuteAsync("CREATE TABLE device_configs (device_id TEXT)");
        var error = await Assert.ThrowsAsync<MigrationException>(() => host.Migrations.ApplyAsync(Ct));
        Assert.StartsWith("Migration 002_commands.sql failed at its statement ", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await host.CountAsync("SELECT COUNT(*) FROM schema_migration_lease"));
        await host.ExecuteAsync("DROP TABLE device_configs");
        Assert.Equal("002_commands.sql", (await host.Migrations.ApplyAsync(Ct))[0].Name);
    }

    [Fact]
    public async Task A_service_that_may_only_check_refuses_to_start_on_an_older_schema()
    {
        var text = await CreateDatabaseAsync();
        await using var host = new DatabaseHost(text, ("Database:Migrations", "check"));
        var error = await Assert.ThrowsAsync<MigrationException>(host.StartAsync);
        Assert.Contains("001_ingest.sql", error.Message, StringComparison.Ordinal);
        Assert.Contains("'migrate'", error.Message, StringComparison.Ordinal);
        await host.Migrations.ApplyAsync(Ct);
        await host.StartAsync();
    }

    [Fact]
    public async Task A_service_refuses_a_newer_database_that_does_not_say_that_it_works_with_it()
    {
        await using var host = new DatabaseHost(await CreateDatabaseAsync());
        await host.StartAsync();
        await MigrateFurtherAsync(host, isSaid: false);
        Assert.StartsWith("The database has migration 900_next.sql, which this program does not know: ", (await Assert.ThrowsAsync<MigrationException>(host.StartAsync)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("apply")]
    [InlineData("check")]
    public async Task A_service_starts_on_a_newer_database_that_works_with_it_and_says_so(string mode)
    {
        await using var host = new DatabaseHost(await CreateDatabaseAsync(), ("Database:Migrations", mode));
        await host.Migrations.ApplyAsync(Ct);
        Assert.Equal(HealthStatus.Healthy, await host.SchemaHealthAsync());
        await MigrateFurtherAsync(host);

        await host.StartAsync();

        Assert.Equal(HealthStatus.Degraded, await host.SchemaHealthAsync());
        Assert.Equal([NewerProgram.Migration], host.Get<SchemaGate>().Newer);
        Assert.Contains(
            "The database has migrations of a newer program, which this one works with: 900_next.sql. Replace this program by that one", host.Log.All);
    }

    [Fact]
    public async Task A_service_refuses_a_newer_database_that_works_with_later_programs_alone()
    {
        await using var host = new DatabaseHost(await CreateDatabaseAsync());
        await host.Migrations.ApplyAsync(Ct);
        await MigrateFurtherAsync(host, worksFrom: 899);

        Assert.StartsWith(
            "The database has migration 900_next.sql, which works with programs from 899 on: this one goes up to ",
            (await Assert.ThrowsAsync<MigrationException>(host.StartAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_migrate_mode_of_an_older_program_leaves_a_newer_database_as_it_is()
    {
        var text = await CreateDatabaseAsync();
        await using var host = new DatabaseHost(text);
        await host.Migrations.ApplyAsync(Ct);
        await MigrateFurtherAsync(host);

        Assert.Equal((0, "The database is up to date.\nIt has 900_next.sql of a newer program, which this one works with.\n", ""), await MigrateAsync(text, "migrate"));
    }

    [Fact]
    public async Task An_account_that_an_earlier_program_began_is_read_as_it_is_and_goes_on()
    {
        await using var host = new DatabaseHost(await CreateDatabaseAsync());
        var files = MigrationFile.For(Kind);
        await host.Migrations.ApplyAsync(Ct);
        await host.ExecuteAsync("ALTER TABLE schema_migrations DROP COLUMN works_from");

        Assert.Empty(await host.Migrations.PendingAsync(Ct));
        await host.ExecuteAsync($"DELETE FROM schema_migrations WHERE version = {files[^1].Version}");
        Assert.Equal(files[^1].Name, Assert.Single(await host.Migrations.ApplyAsync(Ct)).Name);
        Assert.Equal(files.Count, await host.CountAsync("SELECT COUNT(*) FROM schema_migrations WHERE works_from IS NULL"));
    }

    [Fact]
    public async Task Another_word_for_the_setting_is_refused() =>
        Assert.Equal(
            "Set Database:Migrations to apply or check, not 'never'.",
            (await Assert.ThrowsAsync<MigrationException>(new DatabaseHost(await CreateDatabaseAsync(), ("Database:Migrations", "never")).StartAsync)).Message);

    [Fact]
    public async Task The_migrate_mode_applies_and_its_dry_run_only_tells()
    {
        var text = await CreateDatabaseAsync();
        var (code, output, _) = await MigrateAsync(text, "migrate", "--dry-run");
        Assert.Equal(0, code);
        Assert.Contains("CREATE TABLE IF NOT EXISTS telemetry_data (", output, StringComparison.Ordinal);
        Assert.EndsWith("files would be applied; nothing was changed.\n", output, StringComparison.Ordinal);

        (code, output, _) = await MigrateAsync(text, "migrate");
        Assert.Equal(0, code);
        Assert.StartsWith("applied 001_ingest.sql\napplied 002_commands.sql\n", output, StringComparison.Ordinal);
        Assert.Equal((0, "The database is up to date.\n", ""), await MigrateAsync(text, "migrate"));
        Assert.Equal((0, "The database is up to date.\n", ""), await MigrateAsync(text, "migrate", "--dry-run"));
    }

    [Fact]
    public async Task The_migrate_mode_says_in_a_sentence_why_it_cannot()
    {
        var (code, output, errors) = await MigrateAsync(await CreateDatabaseAsync(), "migrate", "--now");
        Assert.Equal((2, "", "Write 'migrate' or 'migrate --dry-run'; settings come from the environment or appsettings.json.\n"), (code, output, errors));
        (code, _, errors) = await MigrateAsync("nothing", "migrate");
        Assert.Equal(1, code);
        Assert.StartsWith("ConnectionStrings:edgesync cannot be read", errors, StringComparison.Ordinal);
    }

    private static async Task MigrateFurtherAsync(DatabaseHost host, long? worksFrom = null, bool isSaid = true)
    {
        await using var connection = await host.Database.OpenAsync(Ct);
        await NewerProgram.MigrateAsync(connection, worksFrom, isSaid, Ct);
    }

    private static async Task<(int Code, string Output, string Errors)> MigrateAsync(string connectionString, params string[] args)
    {
        Assert.True(MigrateMode.IsAsked(args));
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = await DatabaseHost.Builder(connectionString).RunMigrationsAsync(args, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
