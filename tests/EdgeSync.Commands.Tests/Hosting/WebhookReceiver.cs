using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Commands.Tests;

/// <summary>What came: the id in the header, when it was signed, and the body.</summary>
internal sealed record ReceivedNotification(string Id, DateTimeOffset SignedAt, AlertNotification Notification);

/// <summary>A webhook's other side, over real HTTP. It checks every signature, as docs/alerts.md says.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    public const string Secret = "a secret of many bytes";

    private readonly WebApplication _app;
    private readonly Channel<ReceivedNotification> _received = Channel.CreateUnbounded<ReceivedNotification>();
    private readonly ConcurrentQueue<HttpStatusCode> _answers = new();
    private readonly ConcurrentQueue<string> _forged = new();

    private WebhookReceiver(WebApplication app) => _app = app;

    /// <summary>Settings that lead here.</summary>
    public (string, string)[] Settings =>
        [("Alerts:Webhooks:0:Name", "pager"), ("Alerts:Webhooks:0:Url", $"{_app.Urls.Single()}/alerts"), ("Alerts:Webhooks:0:Secret", Secret)];

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        // The service's own appsettings.json names fixed ports.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var receiver = new WebhookReceiver(builder.Build());
        receiver._app.Run(receiver.TakeAsync);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>How the next requests are answered; after them all is well.</summary>
    public void Answer(params HttpStatusCode[] next)
    {
        foreach (var status in next)
        {
            _answers.Enqueue(status);
        }
    }

    /// <summary>The next one that comes, whatever it was answered.</summary>
    public ValueTask<ReceivedNotification> NextAsync() => _received.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>How many have come that nobody has looked at.</summary>
    public int Waiting => _received.Reader.Count;

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Assert.Empty(_forged);
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var header = context.Request.Headers[Headers.Signature].ToString();
        var seconds = header["t=".Length..header.IndexOf(',', StringComparison.Ordinal)];
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{seconds}.{body}")));
        if (header != $"t={seconds},v1={expected}" || context.Request.ContentType != Headers.JsonMediaType)
        {
            _forged.Enqueue(header);
        }

        context.Response.StatusCode = (int)(_answers.TryDequeue(out var status) ? status : HttpStatusCode.NoContent);
        await _received.Writer.WriteAsync(new ReceivedNotification(
            context.Request.Headers[Headers.Notification].ToString(),
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds, CultureInfo.InvariantCulture)),
            JsonSerializer.Deserialize(body, ProtocolJson.Default.AlertNotification)!));
    }
}
