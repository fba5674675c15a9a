using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults.Tests;

/// <summary>A small real service on the defaults, over HTTP/2 without TLS as behind the gateway.</summary>
internal sealed class SmallService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SmallService(WebApplication app)
    {
        _app = app;
        Client = new HttpClient
        {
            BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()),
            DefaultRequestVersion = new Version(2, 0),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public HttpClient Client { get; }

    public LogLines Logs => _app.Services.GetRequiredService<LogLines>();

    public static async Task<SmallService> StartAsync(bool databaseIsHealthy = true, TimeProvider? time = null, params (string Key, string? Value)[] settings)
    {
        // A content root without a service's appsettings.json, which names the port that it listens on.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = Path.GetTempPath() });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<LogLines>();
        builder.Services.AddSingleton<ILoggerProvider>(services => services.GetRequiredService<LogLines>());
        builder.Configuration.AddInMemoryCollection(TestTokens.Shared.Settings);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.AddServiceDefaults();
        builder.Services.AddHealthChecks().AddCheck("database", () => databaseIsHealthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("secret reason"));
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGet("/device", (DeviceIdentity device) => TypedResults.Text(device.Id.ToString())).RequireDevice();
        app.MapGet("/renewal", (DeviceIdentity device) => TypedResults.Text(device.Id.ToString())).RequireRenewal();
        app.MapGet("/read", () => TypedResults.Text("read")).RequireFleetRead();
        app.MapGet("/write", () => TypedResults.Text("write")).RequireFleetWrite();
        app.MapGet("/forgotten", () => TypedResults.Text("nobody thought of who may call this"));
        var open = app.MapGroup("").AllowAnyone("Tests of other things.");
        open.MapPost("/digests", (DigestQuery query) => TypedResults.Ok(query));
        open.MapPost("/length", async (HttpRequest request) => TypedResults.Text((await new StreamReader(request.Body).ReadToEndAsync()).Length.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        open.MapPost("/early", () => ProblemTypes.StaleBoot.With("Answered before the body was read.").ToResult());
        open.MapGet("/fault", string () => throw new InvalidOperationException("secret cause"));
        open.MapGet("/teapot", () => TypedResults.Problem("As the framework says it.", statusCode: StatusCodes.Status418ImATeapot));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new SmallService(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
