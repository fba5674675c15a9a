using System.Net;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Gateway.Tests;

/// <summary>Over HTTP/2 an answer before the request's end resets the stream; the proxy made up to 5 % of them into 502. Services on the defaults read to the end first.</summary>
public sealed class EarlyAnswerTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const int Requests = 300;
    private const int AtOnce = 8;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Refusal_before_the_body_was_read_reaches_the_device_every_time()
    {
        await using var service = await RefusingServiceAsync();
        var address = service.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await using var app = GatewayFixture.Build(gateway.Settings(address, address));
        await app.StartAsync(Ct);
        var client = gateway.Client(app.Services.GetRequiredService<GatewayAddresses>().DevicePort, gateway.Pki.IssueDevice(gateway.Device));
        var body = new byte[100 * 1024];

        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Ct }, async (i, ct) =>
        {
            // A wrong path is the framework's refusal, the other one the service's own.
            using var response = await client.PostAsync(i % 2 == 0 ? Routes.Telemetry : Routes.Heartbeat, new ByteArrayContent(body), ct);

            await response.ProblemAsync(i % 2 == 0 ? ProblemTypes.StaleBoot : ProblemTypes.NotFound);
        });
    }

    private static async Task<WebApplication> RefusingServiceAsync()
    {
        var builder = WebApplication.CreateBuilder();
        // What lies beside the tests is some service's appsettings.json, with fixed ports.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(TestTokens.Shared.Settings);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.AddServiceDefaults();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapPost(Routes.Telemetry, () => ProblemTypes.StaleBoot.With("Take the next boot number.").ToResult()).AllowAnyone("Only this test calls it.");
        await app.StartAsync(Ct);
        return app;
    }
}
