using System.Net;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeSync.Edge.Tests;

/// <summary>Over real sockets: one HTTP/2 connection carries the uploads and the event stream.</summary>
public sealed class RealHttpTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-test-");
    private readonly DeviceId _id = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private readonly HashSet<string> _connections = [];
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _call = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ControlPlaneDouble _cloud;
    private readonly WebApplication _server;

    public RealHttpTests()
    {
        _cloud = new ControlPlaneDouble(_id);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _server = builder.Build();
        _server.MapGet(Routes.Events, ListenAsync);
        _server.MapFallback(ForwardAsync);
    }

    public async ValueTask InitializeAsync() => await _server.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _cloud.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Uploads_commands_and_events_share_one_connection()
    {
        using var http = new HttpClient();
        using var stop = new CancellationTokenSource();
        var options = new EdgeDeviceOptions
        {
            Device = _id,
            DatabasePath = Path.Combine(_directory.FullName, "device.db"),
            ControlPlane = new Uri(_server.Urls.Single()),
            HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            SyncInterval = TimeSpan.FromHours(1),
        };
        await using var device = EdgeDevice.Open(options, http, [], TimeProvider.System, NullLoggerFactory.Instance, new Random(3));
        device.Append([.. Enumerable.Range(0, 500).Select(i => new Reading("temperature", i, i))]);
        var running = device.RunAsync(stop.Token);
        Assert.True(await device.DrainAsync(TestContext.Current.CancellationToken));
        await _listening.Task.WaitAsync(TestContext.Current.CancellationToken);

        var answered = new TaskCompletionSource();
        _cloud.Before = request =>
        {
            if (request.RequestUri!.AbsolutePath == Routes.CommandResults)
            {
                answered.TrySetResult();
            }

            return null;
        };
        _cloud.Commands.Create("ping");
        _cloud.IntentVersion = 5;
        _call.SetResult(5);
        await answered.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(500, _cloud.StoredReadings.Count());
        Assert.Single(_connections);
        await stop.CancelAsync();
        await running;
    }

    private async Task ListenAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(": here\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        _listening.TrySetResult();
        var version = await _call.Task.WaitAsync(context.RequestAborted);
        await context.Response.WriteAsync($"event: intent\ndata: {{\"intentVersion\":\"{version}\"}}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
    }

    private async Task ForwardAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(new Uri("http://control-plane.test"), context.Request.Path + context.Request.QueryString));
        request.Content = new ByteArrayContent(body.ToArray());
        if (context.Request.Headers.TryGetValue(Headers.Batch, out var header))
        {
            request.Headers.Add(Headers.Batch, (string?)header);
        }

        request.Headers.TryAddWithoutValidation("Authorization", (string?)context.Request.Headers.Authorization);
        using var invoker = new HttpMessageInvoker(_cloud, disposeHandler: false);
        _connections.Add(context.Connection.Id.Split(':')[0]);
        using var answer = await invoker.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
