using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Gateway.Tests;

/// <summary>A gateway with settings of its own before one small service that stands for all.</summary>
internal sealed class OwnGateway : IAsyncDisposable
{
    private readonly EchoService _service;
    private readonly WebApplication _app;

    private OwnGateway(EchoService service, WebApplication app) => (_service, _app) = (service, app);

    public IServiceProvider Services => _app.Services;

    public int DevicePort => Services.GetRequiredService<GatewayAddresses>().DevicePort;

    public IConfigurationRoot Configuration => (IConfigurationRoot)Services.GetRequiredService<IConfiguration>();

    public static async Task<OwnGateway> StartAsync(GatewayFixture gateway, params (string Key, string Value)[] settings)
    {
        var ct = TestContext.Current.CancellationToken;
        var service = await EchoService.StartAsync("service", ct);
        var all = gateway.Settings(service.Address, service.Address);
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        var app = GatewayFixture.Build(all);
        await app.StartAsync(ct);
        return new OwnGateway(service, app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _service.DisposeAsync();
    }
}
