using System.Text.Json;
using System.Threading.Channels;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Gateway.Tests;

/// <summary>What a service behind the gateway saw of a request.</summary>
public sealed record Echo(string Service, string Protocol, string Method, string Path, string Query, long BodyBytes, Dictionary<string, string> Headers);

/// <summary>A small real service behind the gateway, HTTP/2 without TLS, that answers what it saw.</summary>
internal sealed class EchoService : IAsyncDisposable
{
    /// <summary>A request with this header is broken off in the middle of its body.</summary>
    public const string BreakOff = "Test-Break-Off";

    /// <summary>A request with this header is answered before its body is read.</summary>
    public const string AnswerEarly = "Test-Answer-Early";

    private readonly WebApplication _app;

    private EchoService(WebApplication app) => _app = app;

    /// <summary>What the event stream sends; complete it to end the stream.</summary>
    public Channel<string> Events { get; } = Channel.CreateBounded<string>(16);

    /// <summary>As Commands: who may not enter, by the version that the gateway knows. Null: it cannot say.</summary>
    public Func<long?, string>? Revocations { get; set; }

    /// <summary>A word for each request that waits here for something to come.</summary>
    public Channel<string> Waiting { get; } = Channel.CreateUnbounded<string>();

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<EchoService> StartAsync(string name, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        // What lies beside the tests is some service's appsettings.json, with fixed ports.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenLocalhostFree();
        });
        var app = builder.Build();
        var service = new EchoService(app);
        app.MapGet(Routes.Revocations, (long? version) => service.Revocations is { } say ? Results.Text(say(version)) : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        app.MapGet("/v1/events", service.StreamAsync);
        app.MapGet("/v1/commands", service.PollAsync);
        app.Map("/{**path}", context => EchoAsync(name, context));
        await app.StartAsync(ct);
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        Events.Writer.TryComplete();
        await _app.DisposeAsync();
    }

    private static async Task EchoAsync(string name, HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.ContainsKey(BreakOff))
        {
            await request.Body.ReadExactlyAsync(new byte[1], context.RequestAborted);
            context.Abort();
            return;
        }

        if (request.Headers.ContainsKey(AnswerEarly))
        {
            return;
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(
            new Echo(
                name, request.Protocol, request.Method, request.Path.Value!, request.QueryString.Value!, body.Length,
                request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString())),
            JsonSerializerOptions.Default,
            context.RequestAborted);
    }

    /// <summary>A long-poll waits for ever; without waiting there is no service.</summary>
    private async Task PollAsync(HttpContext context)
    {
        if (context.Request.Query.ContainsKey("wait"))
        {
            Waiting.Writer.TryWrite(context.Request.Path);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }

    private async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.StartAsync(context.RequestAborted);
        Waiting.Writer.TryWrite(context.Request.Path);
        await foreach (var line in Events.Reader.ReadAllAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync(line + "\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}

internal static class EchoListen
{
    public static void ListenLocalhostFree(this KestrelServerOptions kestrel) =>
        kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
}
