using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Ingest.Tests;

/// <summary>A service that starts before its database waits, says so, and works as soon as the database is there.</summary>
public sealed class LateDatabaseTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_that_starts_before_its_database_is_alive_and_not_ready_and_refuses_until_it_comes()
    {
        var storage = await TestStorage.CreateAsync(StorageKind.Server);
        await using var wire = new DatabaseWire(storage.ConnectionString, isOpen: false);
        await using var host = await IngestHost.StartAsync(storage, ("ConnectionStrings:edgesync", wire.ConnectionString));
        using var client = host.Client();
        var device = new TestDevice(1).Produce(5);
        var batch = device.Batch(1, 5);

        Assert.Equal("Healthy", await client.GetStringAsync("/alive", Ct));
        Assert.Contains("Schema: Unhealthy", await ReadinessAsync(client), StringComparison.Ordinal);
        using (var refused = await host.SendAsync(device, batch))
        {
            await refused.ProblemAsync(ProblemTypes.Unavailable);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        wire.Open();
        while (await ReadinessAsync(client) != "Healthy")
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(5, (await host.AppendAsync(device, batch)).Watermark);
    }

    private static async Task<string> ReadinessAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/health", Ct);
        return await response.Content.ReadAsStringAsync(Ct);
    }
}
