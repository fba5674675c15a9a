using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;
using Polly;
using Polly.Timeout;

namespace EdgeSync.Edge;

/// <summary>The protocol over HTTP: one attempt each, bounded in time and size. What became of it is a value; who waits and tries again is decided elsewhere.</summary>
internal sealed class ControlPlaneClient
{
    private const int AnswerBytesMax = 8 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly EdgeDeviceOptions _options;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;
    private volatile bool _connected;

    public ControlPlaneClient(HttpClient http, EdgeDeviceOptions options, TimeProvider time)
    {
        (_http, _options, _time) = (http, options, time);
        // A first attempt may have to connect, and a gateway that a fleet returns to makes it wait its turn.
        var connecting = options.ConnectTimeout > options.AttemptTimeout ? options.ConnectTimeout : options.AttemptTimeout;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions
            {
                TimeoutGenerator = _ => ValueTask.FromResult(_connected ? options.AttemptTimeout : connecting),
            })
            .Build();
    }

    public Task<Attempt<TelemetryAck>> SendTelemetryAsync(TelemetryBatch batch, Lane lane, CancellationToken ct) => SendAsync(
        () =>
        {
            var request = Request(HttpMethod.Post, Routes.Telemetry);
            request.Headers.Add(Headers.Batch, BatchHeader.Of(batch, lane).ToString());
            request.Content = new ByteArrayContent(TelemetryCodec.EncodeProtobuf(batch));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(Headers.ProtobufMediaType);
            return request;
        },
        ProtocolJson.Default.TelemetryAck,
        ct);

    public Task<Attempt<DigestAnswer>> QueryDigestsAsync(DigestQuery query, CancellationToken ct) =>
        PostAsync(Routes.TelemetryDigests, query, ProtocolJson.Default.DigestQuery, ProtocolJson.Default.DigestAnswer, ct);

    public Task<Attempt<HeartbeatAck>> SendHeartbeatAsync(Heartbeat heartbeat, CancellationToken ct) =>
        PostAsync(Routes.Heartbeat, heartbeat, ProtocolJson.Default.Heartbeat, ProtocolJson.Default.HeartbeatAck, ct);

    public Task<Attempt<CommandDelivery>> PullCommandsAsync(Epoch live, Boot boot, CancellationToken ct) => SendAsync(
        () => Request(HttpMethod.Get, FormattableString.Invariant($"{Routes.Commands}?wait=0&epoch={live}&boot={boot.Number}&nonce={boot.Nonce}")),
        ProtocolJson.Default.CommandDelivery,
        ct);

    public Task<Attempt<ReceiptAnswer>> SendReceiptsAsync(ReceiptRequest receipts, CancellationToken ct) =>
        PostAsync(Routes.CommandReceipts, receipts, ProtocolJson.Default.ReceiptRequest, ProtocolJson.Default.ReceiptAnswer, ct);

    public Task<Attempt<ResultAnswer>> SendResultsAsync(ResultRequest results, CancellationToken ct) =>
        PostAsync(Routes.CommandResults, results, ProtocolJson.Default.ResultRequest, ProtocolJson.Default.ResultAnswer, ct);

    public Task<Attempt<ConfigAnswer>> ExchangeConfigAsync(ConfigExchange exchange, CancellationToken ct) =>
        PostAsync(Routes.Config, exchange, ProtocolJson.Default.ConfigExchange, ProtocolJson.Default.ConfigAnswer, ct);

    /// <summary>Opens the event stream; the caller reads and disposes the response. Only the time to its headers is bounded here.</summary>
    public async Task<Attempt<HttpResponseMessage>> OpenEventsAsync(CancellationToken ct)
    {
        try
        {
            return await _pipeline.ExecuteAsync(
                async token =>
                {
                    using var request = Request(HttpMethod.Get, Routes.Events);
                    request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
                    var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                    if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == "text/event-stream")
                    {
                        _connected = true;
                        return new Attempt<HttpResponseMessage>(response, AttemptOutcome.Success);
                    }

                    using (response)
                    {
                        return new Attempt<HttpResponseMessage>(null, await ReadFailureAsync(response, token));
                    }
                },
                ct);
        }
        catch (Exception e) when (OutcomeOf(e, ct) is { } outcome)
        {
            return new Attempt<HttpResponseMessage>(null, outcome);
        }
    }

    /// <summary>What an exception of an attempt means; null for one that is not the network's.</summary>
    public static AttemptOutcome? OutcomeOf(Exception exception, CancellationToken ct) => exception switch
    {
        TimeoutRejectedException => AttemptOutcome.Network(ReasonCodes.Timeout, "The control plane did not answer in time."),
        OperationCanceledException when !ct.IsCancellationRequested => AttemptOutcome.Network(ReasonCodes.Timeout, "The control plane did not answer in time."),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } e => AttemptOutcome.Network(ReasonCodes.Tls, Innermost(e)),
        HttpRequestException { InnerException: AuthenticationException } e => AttemptOutcome.Network(ReasonCodes.Tls, Innermost(e)),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.ProxyTunnelError } e =>
            AttemptOutcome.Network(ReasonCodes.Offline, Innermost(e)),
        HttpRequestException or IOException => AttemptOutcome.Network(ReasonCodes.ConnectionLost, Innermost(exception)),
        _ => null,
    };

    private Task<Attempt<TAnswer>> PostAsync<TBody, TAnswer>(
        string route, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken ct)
        where TAnswer : class => SendAsync(
            () =>
            {
                var request = Request(HttpMethod.Post, route);
                request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyType));
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(Headers.JsonMediaType);
                return request;
            },
            answerType,
            ct);

    private async Task<Attempt<T>> SendAsync<T>(Func<HttpRequestMessage> build, JsonTypeInfo<T> answerType, CancellationToken ct)
        where T : class
    {
        try
        {
            var attempt = await _pipeline.ExecuteAsync(
                async token =>
                {
                    using var request = build();
                    using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                    _connected = true;
                    return response.IsSuccessStatusCode
                        ? await ReadAnswerAsync(response, answerType, token)
                        : new Attempt<T>(null, await ReadFailureAsync(response, token));
                },
                ct);
            return attempt;
        }
        catch (Exception e) when (OutcomeOf(e, ct) is { } outcome)
        {
            _connected = false;
            return new Attempt<T>(null, outcome);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string route) => new(method, new Uri(_options.ControlPlane!, route))
    {
        Version = HttpVersion.Version20,
        VersionPolicy = _options.HttpVersionPolicy,
    };

    private static async Task<Attempt<T>> ReadAnswerAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        if (await ReadBodyAsync(response, type, ct) is { } answer)
        {
            return new Attempt<T>(answer, AttemptOutcome.Success);
        }

        // An answer that came is no fault of the network: it holds up the lane that asked, and no other.
        return new Attempt<T>(null, new AttemptOutcome(
            ReasonCodes.UnreadableAnswer, ProblemCategory.Data, Error: $"The answer (status {(int)response.StatusCode}) is not the control plane's; check the address and what lies between."));
    }

    // Only a problem of the protocol may tell a device to drop or stop: a proxy's error page may not.
    private async Task<AttemptOutcome> ReadFailureAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var retryAfter = RetryAfter(response);
        var status = (int)response.StatusCode;
        var problem = response.Content.Headers.ContentType?.MediaType == Headers.ProblemMediaType
            ? await ReadBodyAsync(response, ProtocolJson.Default.Problem, ct)
            : null;
        return problem is not null
            ? AttemptOutcome.Of(problem, retryAfter)
            : new AttemptOutcome(
                FormattableString.Invariant($"http-{status}"),
                status is >= 500 or 429 ? ProblemCategory.Resource : ProblemCategory.Data,
                RetryAfter: retryAfter,
                Error: $"Status {status} without a problem of the protocol; something between device and control plane may have answered.");
    }

    private static async Task<T?> ReadBodyAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var body = new MemoryStream();
        var buffer = new byte[8 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, ct)) > 0)
        {
            if (body.Length + read > AnswerBytesMax)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        try
        {
            return JsonSerializer.Deserialize(body.GetBuffer().AsSpan(0, (int)body.Length), type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        // By the answer's own clock where it has one: the device's may be wrong.
        { Date: { } date } => date - (response.Headers.Date ?? _time.GetUtcNow()),
        _ => null,
    };

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }
}
