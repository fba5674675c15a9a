using System.Net.Http.Headers;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The protocol, an attempt each, with the device's token. What became of it is a value; who waits and tries again is decided elsewhere.</summary>
internal sealed class ControlPlaneClient : IDisposable
{
    private const string EventMediaType = "text/event-stream";

    private readonly HttpAttempts _http;

    public ControlPlaneClient(IDeviceTransport transport, EdgeDeviceOptions options, Entropy entropy, TimeProvider time)
    {
        _http = new HttpAttempts(transport, options.ControlPlane!, options, time);
        Tokens = new TokenSource(
            async ct => transport.HasCertificate
                ? await _http.SendAsync(() => _http.Request(HttpMethod.Post, Routes.Token), ProtocolJson.Default.DeviceToken, ct)
                : new Attempt<DeviceToken>(null, AttemptOutcome.NotEnrolled("The device has no certificate yet.")),
            options.BackoffInitial,
            entropy,
            time);
    }

    /// <summary>What the requests show.</summary>
    public TokenSource Tokens { get; }

    public Task<Attempt<TelemetryAck>> SendTelemetryAsync(TelemetryBatch batch, Lane lane, CancellationToken ct) => SendAsync(
        () =>
        {
            var request = _http.Post(Routes.Telemetry, TelemetryCodec.EncodeProtobuf(batch), Headers.ProtobufMediaType);
            request.Headers.Add(Headers.Batch, BatchHeader.Of(batch, lane).ToString());
            return request;
        },
        ProtocolJson.Default.TelemetryAck,
        ct);

    public Task<Attempt<DigestAnswer>> QueryDigestsAsync(DigestQuery query, CancellationToken ct) =>
        PostAsync(Routes.TelemetryDigests, query, ProtocolJson.Default.DigestQuery, ProtocolJson.Default.DigestAnswer, ct);

    public Task<Attempt<VerifyAnswer>> VerifyAsync(VerifyQuery query, CancellationToken ct) =>
        PostAsync(Routes.TelemetryVerify, query, ProtocolJson.Default.VerifyQuery, ProtocolJson.Default.VerifyAnswer, ct);

    public Task<Attempt<RowsAnswer>> ReadRowsAsync(RowsQuery query, CancellationToken ct) =>
        PostAsync(Routes.TelemetryRows, query, ProtocolJson.Default.RowsQuery, ProtocolJson.Default.RowsAnswer, ct);

    public Task<Attempt<RepairAnswer>> RepairAsync(TelemetryRepair repair, CancellationToken ct) => SendAsync(
        () => _http.Post(Routes.TelemetryRepair, TelemetryCodec.EncodeProtobuf(repair), Headers.ProtobufMediaType), ProtocolJson.Default.RepairAnswer, ct);

    public Task<Attempt<DurabilityAnswer>> AskReceiptAsync(DurabilityQuery query, CancellationToken ct) =>
        PostAsync(Routes.TelemetryReceipts, query, ProtocolJson.Default.DurabilityQuery, ProtocolJson.Default.DurabilityAnswer, ct);

    public Task<Attempt<HeartbeatAck>> SendHeartbeatAsync(Heartbeat heartbeat, CancellationToken ct) =>
        PostAsync(Routes.Heartbeat, heartbeat, ProtocolJson.Default.Heartbeat, ProtocolJson.Default.HeartbeatAck, ct);

    public Task<Attempt<CommandDelivery>> PullCommandsAsync(Epoch file, Boot boot, CancellationToken ct) => SendAsync(
        () => _http.Request(HttpMethod.Get, FormattableString.Invariant($"{Routes.Commands}?wait=0&epoch={file}&boot={boot.Number}&nonce={boot.Nonce}")),
        ProtocolJson.Default.CommandDelivery,
        ct);

    public Task<Attempt<ReceiptAnswer>> SendReceiptsAsync(ReceiptRequest receipts, CancellationToken ct) =>
        PostAsync(Routes.CommandReceipts, receipts, ProtocolJson.Default.ReceiptRequest, ProtocolJson.Default.ReceiptAnswer, ct);

    public Task<Attempt<ResultAnswer>> SendResultsAsync(ResultRequest results, CancellationToken ct) =>
        PostAsync(Routes.CommandResults, results, ProtocolJson.Default.ResultRequest, ProtocolJson.Default.ResultAnswer, ct);

    public Task<Attempt<ConfigAnswer>> ExchangeConfigAsync(ConfigExchange exchange, CancellationToken ct) =>
        PostAsync(Routes.Config, exchange, ProtocolJson.Default.ConfigExchange, ProtocolJson.Default.ConfigAnswer, ct);

    /// <summary>The device has another certificate: another connection and another token.</summary>
    public void UseCertificate()
    {
        _http.ExpectConnecting();
        Tokens.DropAll();
    }

    /// <summary>Renews the certificate of the connection; it needs no token, and goes when the certificate has expired lately.</summary>
    public Task<Attempt<IssuedCertificate>> RenewCertificateAsync(RenewalRequest request, CancellationToken ct) => _http.SendAsync(
        () => _http.Post(Routes.Certificates, request, ProtocolJson.Default.RenewalRequest), ProtocolJson.Default.IssuedCertificate, ct);

    /// <summary>Opens the event stream; the caller reads and disposes it.</summary>
    public Task<Attempt<EventStream>> OpenEventsAsync(CancellationToken ct) => WithTokenAsync(
        async token =>
        {
            var opened = await _http.OpenAsync(
                () =>
                {
                    var request = Authorized(_http.Request(HttpMethod.Get, Routes.Events), token);
                    request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(EventMediaType));
                    return request;
                },
                EventMediaType,
                ct);
            return new Attempt<EventStream>(opened.Answer is { } stream ? new EventStream(stream, token) : null, opened.Outcome);
        },
        ct);

    public void Dispose() => Tokens.Dispose();

    private Task<Attempt<TAnswer>> PostAsync<TBody, TAnswer>(
        string route, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken ct)
        where TAnswer : class => SendAsync(() => _http.Post(route, body, bodyType), answerType, ct);

    private Task<Attempt<T>> SendAsync<T>(Func<HttpRequestMessage> build, JsonTypeInfo<T> answerType, CancellationToken ct)
        where T : class => WithTokenAsync(token => _http.SendAsync(() => Authorized(build(), token), answerType, ct), ct);

    // A token that was refused says nothing of the request: it is sent once more with another one.
    private async Task<Attempt<T>> WithTokenAsync<T>(Func<HeldToken, Task<Attempt<T>>> send, CancellationToken ct)
        where T : class
    {
        for (var isAgain = false; ; isAgain = true)
        {
            var token = await Tokens.GetAsync(ct);
            if (token.Answer is not { } held)
            {
                return new Attempt<T>(null, token.Outcome);
            }

            var attempt = await send(held);
            if (!attempt.Outcome.RefusesToken)
            {
                return attempt;
            }

            Tokens.Drop(held);
            if (isAgain)
            {
                return attempt;
            }
        }
    }

    private static HttpRequestMessage Authorized(HttpRequestMessage request, HeldToken token)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        return request;
    }
}

/// <summary>An open event stream, and the token that it was opened with: it ends with it.</summary>
internal sealed class EventStream(OpenStream stream, HeldToken token) : IDisposable
{
    public HttpContent Content => stream.Content;

    public HeldToken Token => token;

    public void Dispose() => stream.Dispose();
}
