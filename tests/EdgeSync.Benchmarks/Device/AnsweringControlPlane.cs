using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>The other end of a device's requests, in memory: it acknowledges whatever comes, so that what is measured is the device's own cost.</summary>
internal sealed class AnsweringControlPlane : HttpMessageHandler
{
    private const int TokenSeconds = 3_600;

    private long _requests;
    private long _readings;

    public long Requests => Interlocked.Read(ref _requests);

    public long Readings => Interlocked.Read(ref _readings);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _requests);
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        return request.RequestUri!.AbsolutePath switch
        {
            Routes.Token => Answer(new DeviceToken("token", TokenSeconds), ProtocolJson.Default.DeviceToken),
            Routes.Telemetry => Answer(Acknowledge(TelemetryCodec.DecodeProtobuf(body)), ProtocolJson.Default.TelemetryAck),
            Routes.Heartbeat => Answer(Beat(JsonSerializer.Deserialize(body, ProtocolJson.Default.Heartbeat)!), ProtocolJson.Default.HeartbeatAck),
            Routes.Commands => Answer(new CommandDelivery([], 1, More: false), ProtocolJson.Default.CommandDelivery),
            Routes.Config => Answer(new ConfigAnswer(0, Snapshot: true, More: false, [], 1, Now), ProtocolJson.Default.ConfigAnswer),
            _ => new HttpResponseMessage(HttpStatusCode.NotFound),
        };
    }

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000;

    private TelemetryAck Acknowledge(TelemetryBatch batch)
    {
        Interlocked.Add(ref _readings, batch.ReadingCount);
        return new TelemetryAck(batch.Epoch, batch.Last, batch.DigestAfter, [], 1, Now);
    }

    private static HeartbeatAck Beat(Heartbeat heartbeat) =>
        new(Now, 1, [.. heartbeat.Streams.Select(stream => new StreamWatermark(stream.Epoch, stream.Head))]);

    private static HttpResponseMessage Answer<T>(T body, JsonTypeInfo<T> type)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type)) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue(Headers.JsonMediaType);
        return response;
    }
}
