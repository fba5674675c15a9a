using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Ingest.Tests;

/// <summary>The service as it runs, on a free port of this machine.</summary>
internal sealed class IngestHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private IngestHost(WebApplication app, TestStorage storage, FakeTimeProvider time)
    {
        _app = app;
        Storage = storage;
        Time = time;
        _client = new HttpClient(new OverHttp2()) { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public TestStorage Storage { get; }

    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Leads to the service without a token.</summary>
    public HttpClient Client() => new(new OverHttp2()) { BaseAddress = _client.BaseAddress };

    public static async Task<IngestHost> StartAsync(StorageKind kind, params (string Key, string Value)[] settings) =>
        await StartAsync(await TestStorage.CreateAsync(kind), settings);

    public static async Task<IngestHost> StartAsync(TestStorage storage, params (string Key, string Value)[] settings)
    {
        var time = new FakeTimeProvider(Microseconds.ToTime(TestDevice.Start));
        var app = Build(storage, time, settings);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new IngestHost(app, storage, time);
    }

    /// <summary>The service with its schema in place, not started.</summary>
    public static async Task<WebApplication> ReadyAsync(TestStorage storage, TimeProvider time, params (string Key, string Value)[] settings)
    {
        var app = Build(storage, time, settings);
        foreach (var migrations in app.Services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
        {
            await migrations.StartingAsync(TestContext.Current.CancellationToken);
        }

        return app;
    }

    private static WebApplication Build(TestStorage storage, TimeProvider time, params (string Key, string Value)[] settings)
    {
        // A content root of its own: the program's appsettings.json names the port that it listens on.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = storage.Path, Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Configuration["ConnectionStrings:edgesync"] = storage.ConnectionString;
        // A test reads what it has just written.
        builder.Configuration["Database:FollowerReads"] = "false";
        // Time stands still here, and a writer with work would wait for ever.
        builder.Configuration["Ingest:CommitWait"] = "00:00:00";
        // Nobody looks at it here.
        builder.Configuration["Ingest:QueueReportInterval"] = "01:00:00";
        builder.Configuration.AddInMemoryCollection(TestTokens.Shared.Settings);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Services.AddSingleton(time);
        builder.AddServiceDefaults();
        builder.AddIngest();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapIngest();
        return app;
    }

    public Task<HttpResponseMessage> SendAsync(TestDevice device, TelemetryBatch batch) =>
        SendAsync(device, TelemetryCodec.EncodeProtobuf(batch), Headers.ProtobufMediaType, BatchHeader.Of(batch, Lane.Live).ToString());

    public async Task<HttpResponseMessage> SendAsync(TestDevice? device, byte[] body, string? mediaType, string? header, string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Telemetry) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = mediaType is null ? null : MediaTypeHeaderValue.Parse(mediaType);
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        if (header is not null)
        {
            request.Headers.Add(Headers.Batch, header);
        }

        return await SendAsync(device, request);
    }

    public async Task<HttpResponseMessage> PostAsync<T>(TestDevice? device, string path, T message)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(message, (JsonTypeInfo<T>)ProtocolJson.Default.GetTypeInfo(typeof(T))!) };
        return await SendAsync(device, request);
    }

    public async Task<HttpResponseMessage> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.Shared.ForOperator(Access.FleetRead));
        return await SendAsync(null, request);
    }

    public async Task<TelemetryAck> AppendAsync(TestDevice device, TelemetryBatch batch)
    {
        using var response = await SendAsync(device, batch);
        return await response.ReadAsync(ProtocolJson.Default.TelemetryAck);
    }

    public async Task<DigestAnswer> DigestsAsync(TestDevice device, params long[] positions)
    {
        using var response = await PostAsync(device, Routes.TelemetryDigests, new DigestQuery(device.Epoch, positions));
        return await response.ReadAsync(ProtocolJson.Default.DigestAnswer);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Storage.DisposeAsync();
    }

    /// <summary>Stops the service and leaves its database.</summary>
    public async Task StopAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    public async Task<HttpResponseMessage> SendAsync(TestDevice? device, HttpRequestMessage request)
    {
        if (device is not null)
        {
            request.Headers.Authorization ??= new AuthenticationHeaderValue("Bearer", TestTokens.Shared.ForDevice(device.Id));
        }

        return await _client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    // As the gateway does.
    private sealed class OverHttp2() : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

internal static class ResponseExtensions
{
    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response, JsonTypeInfo<T> type)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {text}");
        return System.Text.Json.JsonSerializer.Deserialize(text, type)!;
    }

    /// <summary>The problem of a refusal, checked against its type.</summary>
    public static async Task<Problem> ProblemAsync(this HttpResponseMessage response, ProblemType expected)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal((expected.Status, Headers.ProblemMediaType), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var problem = System.Text.Json.JsonSerializer.Deserialize(text, ProtocolJson.Default.Problem)!;
        Assert.Equal((expected.Code, expected.Category, expected.Action), (problem.Code, problem.Category, problem.Action));
        Assert.NotEmpty(problem.Detail);
        return problem;
    }
}
