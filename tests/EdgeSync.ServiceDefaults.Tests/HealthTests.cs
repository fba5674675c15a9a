using System.Net;

namespace EdgeSync.ServiceDefaults.Tests;

public sealed class HealthTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Healthy_service_says_so(string path)
    {
        await using var service = await SmallService.StartAsync();

        Assert.Equal("Healthy", await service.Client.GetStringAsync(path, Ct));
    }

    [Fact]
    public async Task Failing_check_takes_away_traffic_but_not_life()
    {
        await using var service = await SmallService.StartAsync(databaseIsHealthy: false);

        using var readiness = await service.Client.GetAsync("/health", Ct);
        using var liveness = await service.Client.GetAsync("/alive", Ct);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, readiness.StatusCode);
        Assert.Equal("Unhealthy\ndatabase: Unhealthy", await readiness.Content.ReadAsStringAsync(Ct));
        Assert.Equal(HttpStatusCode.OK, liveness.StatusCode);
    }
}
