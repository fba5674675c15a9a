using System.Collections.Concurrent;
using Dapper;
using EdgeSync.Testing;
using Npgsql;

[assembly: AssemblyFixture(typeof(EdgeSync.Commands.Tests.ServerDatabases))]

namespace EdgeSync.Commands.Tests;

/// <summary>Databases of the server with their schema, used by one test after another: emptying one is faster than making one.</summary>
public sealed class ServerDatabases : IAsyncDisposable
{
    private static readonly ConcurrentBag<TestDatabase> Idle = [];

    public static async Task<TestDatabase> TakeAsync() =>
        Idle.TryTake(out var database) ? database : await TestDatabase.CreateAsync(TestContext.Current.CancellationToken);

    public static async Task GiveBackAsync(TestDatabase database, IEnumerable<string> tables)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        foreach (var table in tables)
        {
            await connection.ExecuteAsync($"DELETE FROM {table}");
        }

        Idle.Add(database);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        while (Idle.TryTake(out var database))
        {
            await database.DisposeAsync();
        }
    }
}
