using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>A small control plane in memory, at the other end of the wire: it speaks docs/protocol.md and can be told to fail.</summary>
internal sealed class ControlPlaneDouble(DeviceId device) : HttpMessageHandler
{
    private long _boot;
    private long _nonce;

    public Dictionary<Epoch, StreamDouble> Streams { get; } = [];

    public List<TelemetryBatch> Batches { get; } = [];

    public List<string> Requests { get; } = [];

    public List<string> BatchHeaders { get; } = [];

    public List<Heartbeat> Heartbeats { get; } = [];

    public CommandsDouble Commands { get; } = new();

    public ConfigDouble Config { get; } = new(device);

    /// <summary>Refuses a reading alone.</summary>
    public Func<Reading, ReadingRefusal> Refuse { get; set; } = static _ => ReadingRefusal.None;

    /// <summary>Refuses a whole batch.</summary>
    public Func<TelemetryBatch, ProblemType?> RefuseWhole { get; set; } = static _ => null;

    /// <summary>Answers in place of the control plane, or throws; null lets the request through.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?> Before { get; set; } = static _ => null;

    /// <summary>Takes effect, and its answer is lost.</summary>
    public Func<HttpRequestMessage, bool> LoseAnswer { get; set; } = static _ => false;

    /// <summary>What it tells devices of damage, by stream.</summary>
    public Dictionary<Epoch, NumberRange> Damaged { get; } = [];

    /// <summary>Repairs that came.</summary>
    public List<TelemetryRepair> Repairs { get; } = [];

    /// <summary>Signs receipts; null where none are signed.</summary>
    public Func<DurabilityReceipt, string>? Sign { get; set; }

    /// <summary>The tokens that it has given.</summary>
    public List<string> Tokens { get; } = [];

    /// <summary>Answers in place of the gateway that gives tokens, or throws; null lets the request through.</summary>
    public Func<HttpResponseMessage?> BeforeToken { get; set; } = static () => null;

    /// <summary>How long a token lives.</summary>
    public int TokenSeconds { get; set; } = 600;

    /// <summary>The event stream's bytes; none means there is no event stream.</summary>
    public Func<Stream>? Events { get; set; }

    public long IntentVersion { get; set; } = 1;

    public Func<long> ServerTime { get; set; } = static () => 0;

    public IEnumerable<Reading> StoredReadings => Streams.Values.SelectMany(stream => stream.Stored.OrderBy(pair => pair.Key).Select(pair => pair.Value));

    public void SeeBoot(long boot, long nonce) => (_boot, _nonce) = (boot, nonce);

    public static HttpResponseMessage Answer<T>(T body, JsonTypeInfo<T> type, int status = 200, string mediaType = Headers.JsonMediaType)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type)) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return response;
    }

    public static HttpResponseMessage Answer(Problem problem) => Answer(problem, ProtocolJson.Default.Problem, problem.Status, Headers.ProblemMediaType);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.AbsolutePath == Routes.Token)
        {
            return BeforeToken() ?? GiveToken();
        }

        Requests.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
        if (Before(request) is { } instead)
        {
            return instead;
        }

        if (request.Headers.Authorization is not { Scheme: "Bearer", Parameter: { } token } || !Tokens.Contains(token))
        {
            return Answer(ProblemTypes.TokenInvalid.With("no token that this control plane gave"));
        }

        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var answer = Handle(request, body);
        return LoseAnswer(request) ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "the answer was lost") : answer;
    }

    private HttpResponseMessage Handle(HttpRequestMessage request, byte[] body) => request.RequestUri!.AbsolutePath switch
    {
        Routes.Telemetry => Append(request, TelemetryCodec.DecodeProtobuf(body)),
        Routes.TelemetryDigests => Digests(Read(body, ProtocolJson.Default.DigestQuery)),
        Routes.TelemetryVerify when Read(body, ProtocolJson.Default.VerifyQuery) is var query => Answer(StreamOf(query.Epoch).Verify(query), ProtocolJson.Default.VerifyAnswer),
        Routes.TelemetryRows when Read(body, ProtocolJson.Default.RowsQuery) is var query => Answer(StreamOf(query.Epoch).Rows(query), ProtocolJson.Default.RowsAnswer),
        Routes.TelemetryRepair => Mend(TelemetryCodec.DecodeRepairProtobuf(body)),
        Routes.TelemetryReceipts when Sign is not null => Receipt(Read(body, ProtocolJson.Default.DurabilityQuery)),
        Routes.Heartbeat => Beat(Read(body, ProtocolJson.Default.Heartbeat)),
        Routes.Commands => Answer(Commands.Deliver(IntentVersion, RunOf(request.RequestUri.Query)), ProtocolJson.Default.CommandDelivery),
        Routes.CommandReceipts => Answer(Commands.Receive(Read(body, ProtocolJson.Default.ReceiptRequest)), ProtocolJson.Default.ReceiptAnswer),
        Routes.CommandResults => Answer(Commands.Finish(Read(body, ProtocolJson.Default.ResultRequest)), ProtocolJson.Default.ResultAnswer),
        Routes.Config => Answer(Config.Exchange(Read(body, ProtocolJson.Default.ConfigExchange), IntentVersion), ProtocolJson.Default.ConfigAnswer),
        Routes.Events when Events is { } events => EventStream(events()),
        _ => Answer(ProblemTypes.NotFound.With("nothing here")),
    };

    private HttpResponseMessage GiveToken()
    {
        Tokens.Add($"token-{Tokens.Count + 1}");
        return Answer(new DeviceToken(Tokens[^1], TokenSeconds), ProtocolJson.Default.DeviceToken);
    }

    private HttpResponseMessage Append(HttpRequestMessage request, TelemetryBatch batch)
    {
        Batches.Add(batch);
        BatchHeaders.Add(request.Headers.GetValues(Headers.Batch).Single());
        if (IsStale(batch.Boot))
        {
            return Answer(ProblemTypes.StaleBoot.With("an earlier run") with { Boot = _boot });
        }

        if (RefuseWhole(batch) is { } refusal)
        {
            return Answer(refusal.With("refused as a whole"));
        }

        if (!Streams.TryGetValue(batch.Epoch, out var stream))
        {
            Streams.Add(batch.Epoch, stream = new StreamDouble(device, batch.Epoch));
        }

        return stream.Append(batch, Refuse) is TelemetryAck ack
            ? Answer(ack with { IntentVersion = IntentVersion, ServerTime = ServerTime() }, ProtocolJson.Default.TelemetryAck)
            : Answer((Problem)stream.Append(batch, Refuse));
    }

    private HttpResponseMessage Digests(DigestQuery query)
    {
        var stream = Streams.GetValueOrDefault(query.Epoch) ?? new StreamDouble(device, query.Epoch);
        return Answer(
            new DigestAnswer(query.Epoch, stream.Watermark, [.. query.Positions.Select(position => new PositionDigest(position, stream.At(position)))], stream.RefusedAfter(query.RefusedAfter)),
            ProtocolJson.Default.DigestAnswer);
    }

    private StreamDouble StreamOf(Epoch epoch) => Streams.GetValueOrDefault(epoch) ?? new StreamDouble(device, epoch);

    private HttpResponseMessage Mend(TelemetryRepair repair)
    {
        Repairs.Add(repair);
        var answer = StreamOf(repair.Epoch).Repair(repair);
        return answer is { Replaced: 0, Refused.Count: > 0 } ? Answer(ProblemTypes.ContentMismatch.With("no block fits")) : Answer(answer, ProtocolJson.Default.RepairAnswer);
    }

    private HttpResponseMessage Receipt(DurabilityQuery query)
    {
        var stream = StreamOf(query.Epoch);
        var receipt = new DurabilityReceipt(device, query.Epoch, 1, stream.Watermark, stream.At(stream.Watermark)!.Value, stream.Floor, 0, ServerTime());
        return Answer(new DurabilityAnswer(Sign!(receipt)), ProtocolJson.Default.DurabilityAnswer);
    }

    private HttpResponseMessage Beat(Heartbeat heartbeat)
    {
        if (IsStale(heartbeat.Boot))
        {
            return Answer(ProblemTypes.StaleBoot.With("an earlier run") with { Boot = _boot });
        }

        Heartbeats.Add(heartbeat);
        return Answer(new HeartbeatAck(ServerTime(), IntentVersion, [.. heartbeat.Streams.Select(stream => new StreamWatermark(stream.Epoch, Streams.GetValueOrDefault(stream.Epoch)?.Watermark ?? 0, Damaged.GetValueOrDefault(stream.Epoch)))]), ProtocolJson.Default.HeartbeatAck);
    }

    private bool IsStale(Boot boot)
    {
        if (boot.Number < _boot || (boot.Number == _boot && boot.Nonce != _nonce))
        {
            return true;
        }

        (_boot, _nonce) = (boot.Number, boot.Nonce);
        return false;
    }

    private static Boot RunOf(string query)
    {
        var values = System.Web.HttpUtility.ParseQueryString(query);
        return new Boot(long.Parse(values["boot"]!, CultureInfo.InvariantCulture), long.Parse(values["nonce"]!, CultureInfo.InvariantCulture));
    }

    private static HttpResponseMessage EventStream(Stream bytes)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(bytes) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
        return response;
    }

    private static T Read<T>(byte[] body, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(body, type)!;
}
