using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace EdgeSync.Edge.Tests;

/// <summary>A gateway with two real ports: one that asks for a certificate and one that does not. Behind it is the control plane's double.</summary>
internal sealed class TlsGatewayDouble : IAsyncDisposable
{
    public const string SlowPath = "/slow";
    public const string WhoPath = "/who";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private readonly DeviceId _device;
    private readonly FleetDouble _fleet;
    private readonly WebApplication _server;
    private readonly Channel<string> _listening = Channel.CreateUnbounded<string>();
    private readonly SemaphoreSlim _one = new(1, 1);

    public TlsGatewayDouble(DeviceId device, FleetDouble fleet)
    {
        (_device, _fleet, Cloud) = (device, fleet, new ControlPlaneDouble(device));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => Secure(listen, asksForCertificate: true));
            kestrel.Listen(IPAddress.Loopback, 0, listen => Secure(listen, asksForCertificate: false));
        });
        _server = builder.Build();
        _server.MapPost(Routes.Enrolment, EnrolAsync);
        _server.MapPost(Routes.Certificates, RenewAsync);
        _server.MapGet(Routes.Events, ListenAsync);
        _server.MapGet(SlowPath, async context =>
        {
            SlowEntered.SetResult();
            await SlowGate.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(Shown(context)!);
        });
        _server.MapGet(WhoPath, Shown);
        _server.MapFallback(ForwardAsync);
    }

    public ControlPlaneDouble Cloud { get; }

    /// <summary>What it shows to the next connection.</summary>
    public required X509Certificate2 Server { get; set; }

    public string? Pins { get; set; }

    /// <summary>Whether a handshake may end well.</summary>
    public bool LetsIn { get; set; } = true;

    /// <summary>How much of its lifetime a certificate has behind it when it is issued.</summary>
    public TimeSpan Age { get; set; }

    /// <summary>So many answers to enrolments are lost.</summary>
    public int LosesEnrolments { get; set; }

    public List<string> EnrolledKeys { get; } = [];

    /// <summary>Path and client certificate of each request.</summary>
    public List<(string Path, string? Certificate)> Seen { get; } = [];

    /// <summary>The certificate of each event stream.</summary>
    public ChannelReader<string> Listening => _listening.Reader;

    public TaskCompletionSource SlowEntered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource SlowGate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Uri DevicePort => Port(0);

    public Uri OperatorPort => Port(1);

    public Task StartAsync(CancellationToken ct) => _server.StartAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Cloud.Dispose();
        _one.Dispose();
    }

    private Uri Port(int index) => new UriBuilder(_server.Urls.ElementAt(index)) { Host = "localhost" }.Uri;

    private void Secure(ListenOptions listen, bool asksForCertificate) => listen.UseHttps(new TlsHandshakeCallbackOptions
    {
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(Server, null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls13,
            ClientCertificateRequired = asksForCertificate,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => LetsIn && certificate is not null == asksForCertificate,
        }),
    });

    private async Task EnrolAsync(HttpContext context)
    {
        Note(context);
        var request = (await context.Request.ReadFromJsonAsync(ProtocolJson.Default.EnrolmentRequest, context.RequestAborted))!;
        EnrolledKeys.Add(Convert.ToHexString(CertificateRequest.LoadSigningRequestPem(request.CertificateRequest, HashAlgorithmName.SHA256).PublicKey.ExportSubjectPublicKeyInfo()));
        if (LosesEnrolments-- > 0)
        {
            context.Abort();
            return;
        }

        await IssueAsync(context, request.CertificateRequest);
    }

    private async Task RenewAsync(HttpContext context)
    {
        Note(context);
        var request = (await context.Request.ReadFromJsonAsync(ProtocolJson.Default.RenewalRequest, context.RequestAborted))!;
        await IssueAsync(context, request.CertificateRequest);
    }

    private Task IssueAsync(HttpContext context, string request)
    {
        var from = TimeProvider.System.GetUtcNow() - Age;
        return context.Response.WriteAsJsonAsync(new IssuedCertificate(_fleet.Issue(request, _device, from, from + Lifetime), Pins), ProtocolJson.Default.IssuedCertificate, cancellationToken: context.RequestAborted);
    }

    private async Task ListenAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(": here\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        _listening.Writer.TryWrite(Shown(context)!);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
    }

    private async Task ForwardAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(new Uri("http://control-plane.test"), context.Request.Path + context.Request.QueryString));
        request.Content = new ByteArrayContent(body.ToArray());
        foreach (var header in new[] { Headers.Batch, "Authorization" })
        {
            request.Headers.TryAddWithoutValidation(header, (string?)context.Request.Headers[header]);
        }

        // The double is made for one request at a time, and the event stream asks for a token beside the agent.
        await _one.WaitAsync(context.RequestAborted);
        try
        {
            Note(context);
            using var invoker = new HttpMessageInvoker(Cloud, disposeHandler: false);
            using var answer = await invoker.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        finally
        {
            _one.Release();
        }
    }

    private void Note(HttpContext context)
    {
        lock (Seen)
        {
            Seen.Add((context.Request.Path.Value!, Shown(context)));
        }
    }

    private static string? Shown(HttpContext context) => context.Connection.ClientCertificate?.Thumbprint;
}
