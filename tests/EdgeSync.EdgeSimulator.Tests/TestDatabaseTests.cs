using EdgeSync.Testing;
using Npgsql;

namespace EdgeSync.EdgeSimulator.Tests;

public sealed class TestDatabaseTests
{
    [Fact]
    public async Task Each_is_empty_and_ones_own_and_gone_afterwards()
    {
        var first = await TestDatabase.CreateAsync(TestContext.Current.CancellationToken);
        await using var second = await TestDatabase.CreateAsync(TestContext.Current.CancellationToken);
        await using var busy = new NpgsqlConnection(first.ConnectionString);
        await busy.OpenAsync(TestContext.Current.CancellationToken);
        await using (var create = new NpgsqlCommand("CREATE TABLE readings (seq INT8 PRIMARY KEY)", busy))
        {
            await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await first.DisposeAsync();

        Assert.Equal(0L, await TablesAsync(second));
        var gone = await Assert.ThrowsAsync<PostgresException>(() => TablesAsync(first));
        Assert.Equal(PostgresErrorCodes.InvalidCatalogName, gone.SqlState);
    }

    private static async Task<long> TablesAsync(TestDatabase database)
    {
        await using var connection = new NpgsqlConnection($"{database.ConnectionString};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var count = new NpgsqlCommand("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'", connection);
        return (long)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
