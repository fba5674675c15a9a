using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;
using Polly;
using Polly.Timeout;

namespace EdgeSync.Edge;

/// <summary>One attempt each over HTTP, bounded in time and size. What became of it is a value.</summary>
internal sealed class HttpAttempts
{
    private readonly IDeviceTransport _transport;
    private readonly Uri _address;
    private readonly EdgeDeviceOptions _options;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;
    private volatile bool _connected;

    /// <param name="transport">Carries the requests.</param>
    /// <param name="address">Whom they go to; routes are relative to it.</param>
    /// <param name="options">Bounds of an attempt.</param>
    /// <param name="time">The clock that bounds it.</param>
    public HttpAttempts(IDeviceTransport transport, Uri address, EdgeDeviceOptions options, TimeProvider time)
    {
        (_transport, _address, _options, _time) = (transport, address, options, time);
        // A first attempt may have to connect, and a gateway that a fleet returns to makes it wait its turn.
        var connecting = options.ConnectTimeout > options.AttemptTimeout ? options.ConnectTimeout : options.AttemptTimeout;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions
            {
                TimeoutGenerator = _ => ValueTask.FromResult(_connected ? options.AttemptTimeout : connecting),
            })
            .Build();
    }

    /// <summary>The next attempt may have to connect.</summary>
    public void ExpectConnecting() => _connected = false;

    /// <summary>A request to one of <see cref="Routes"/>, with its query if it has one.</summary>
    public HttpRequestMessage Request(HttpMethod method, string route) => new(method, new Uri(_address, route))
    {
        Version = HttpVersion.Version20,
        VersionPolicy = _options.HttpVersionPolicy,
    };

    /// <summary>A request with a JSON body.</summary>
    public HttpRequestMessage Post<T>(string route, T body, JsonTypeInfo<T> type) => Post(route, JsonSerializer.SerializeToUtf8Bytes(body, type), Headers.JsonMediaType);

    /// <summary>A request with a body.</summary>
    public HttpRequestMessage Post(string route, byte[] body, string mediaType)
    {
        var request = Request(HttpMethod.Post, route);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return request;
    }

    public async Task<Attempt<T>> SendAsync<T>(Func<HttpRequestMessage> build, JsonTypeInfo<T> answerType, CancellationToken ct)
        where T : class
    {
        try
        {
            return await AttemptAsync(
                async token =>
                {
                    using var lease = _transport.Rent();
                    using var request = build();
                    using var response = await lease.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                    _connected = true;
                    var sent = request.Content?.Headers.ContentLength ?? 0;
                    var answer = response.IsSuccessStatusCode
                        ? await HttpAnswers.ReadAnswerAsync(response, answerType, token)
                        : new Attempt<T>(null, await HttpAnswers.ReadFailureAsync(response, _time, token));
                    return answer with { BodyBytes = answer.BodyBytes + sent };
                },
                ct);
        }
        catch (Exception e) when (OutcomeOf(e, ct) is { } outcome)
        {
            _connected = false;
            return new Attempt<T>(null, outcome);
        }
    }

    /// <summary>Opens a response without end; the caller reads and disposes it. Only the time to its headers is bounded here.</summary>
    public async Task<Attempt<OpenStream>> OpenAsync(Func<HttpRequestMessage> build, string mediaType, CancellationToken ct)
    {
        try
        {
            return await AttemptAsync(
                async token =>
                {
                    var lease = _transport.Rent();
                    HttpResponseMessage? response = null;
                    try
                    {
                        using var request = build();
                        response = await lease.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                        if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == mediaType)
                        {
                            _connected = true;
                            var opened = new OpenStream(response, lease);
                            (response, lease) = (null, null);
                            return new Attempt<OpenStream>(opened, AttemptOutcome.Success);
                        }

                        return new Attempt<OpenStream>(null, await HttpAnswers.ReadFailureAsync(response, _time, token));
                    }
                    finally
                    {
                        response?.Dispose();
                        lease?.Dispose();
                    }
                },
                ct);
        }
        catch (Exception e) when (OutcomeOf(e, ct) is { } outcome)
        {
            return new Attempt<OpenStream>(null, outcome);
        }
    }

    // What comes after the attempt goes on where it was begun.
    private async Task<T> AttemptAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken ct)
    {
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: true, ct);
        try
        {
            return await _pipeline.ExecuteAsync(async context => await attempt(context.CancellationToken), context);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>What an exception of an attempt means; null for one that is not the network's.</summary>
    public static AttemptOutcome? OutcomeOf(Exception exception, CancellationToken ct) => exception switch
    {
        TimeoutRejectedException => AttemptOutcome.Network(ReasonCodes.Timeout, "The control plane did not answer in time."),
        OperationCanceledException when !ct.IsCancellationRequested => AttemptOutcome.Network(ReasonCodes.Timeout, "The control plane did not answer in time."),
        HttpRequestException e when Find<PinMismatchException>(e) is { } mismatch => AttemptOutcome.Network(ReasonCodes.PinMismatch, mismatch.Message),
        HttpRequestException e when Find<ServerUntrustedException>(e) is { } untrusted => AttemptOutcome.Network(ReasonCodes.ServerUntrusted, untrusted.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } e => AttemptOutcome.Network(ReasonCodes.Tls, Innermost(e)),
        HttpRequestException { InnerException: AuthenticationException } e => AttemptOutcome.Network(ReasonCodes.Tls, Innermost(e)),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } e => AttemptOutcome.Network(ReasonCodes.NameUnresolved, Innermost(e)),
        // A name service that does not answer is told as a failure to connect.
        HttpRequestException e when Find<SocketException>(e) is { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } unresolved =>
            AttemptOutcome.Network(ReasonCodes.NameUnresolved, unresolved.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError } e => AttemptOutcome.Network(ReasonCodes.Offline, Innermost(e)),
        HttpRequestException or IOException => AttemptOutcome.Network(ReasonCodes.ConnectionLost, Innermost(exception)),
        _ => null,
    };

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        while (exception is not null and not T)
        {
            exception = exception.InnerException;
        }

        return (T?)exception;
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }
}

/// <summary>A response without end, and the connection that carries it.</summary>
internal sealed class OpenStream(HttpResponseMessage response, TransportLease lease) : IDisposable
{
    public HttpContent Content => response.Content;

    public void Dispose()
    {
        response.Dispose();
        lease.Dispose();
    }
}
