using System.IO.Compression;
using System.Net;
using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

public sealed class TelemetryBodyTests : IAsyncLifetime
{
    private readonly TestDevice _device = new TestDevice().Produce(20);
    private IngestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngestHost.StartAsync(StorageKind.Sqlite);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    public async Task A_batch_may_be_json(string mediaType)
    {
        var batch = _device.Batch(1, 20);
        using var response = await _host.SendAsync(_device, Encoding.UTF8.GetBytes(TelemetryCodec.EncodeJson(batch)), mediaType, Header(batch));

        Assert.Equal(_device.DigestAt(20), (await response.ReadAsync(ProtocolJson.Default.TelemetryAck)).Digest);
    }

    [Fact]
    public async Task A_batch_may_be_compressed()
    {
        var batch = _device.Batch(1, 20);
        using var response = await _host.SendAsync(_device, Gzip(TelemetryCodec.EncodeProtobuf(batch)), Headers.ProtobufMediaType, Header(batch), "gzip");

        Assert.Equal(20, (await response.ReadAsync(ProtocolJson.Default.TelemetryAck)).Watermark);
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_is_read()
    {
        var batch = Sized(Limits.BodyBytesMax);
        using var response = await _host.SendAsync(_device, batch, Headers.ProtobufMediaType, $"{_device.Epoch};21;{_device.Head - 20};live");

        // Read and decoded: only the stream says no.
        await response.ProblemAsync(ProblemTypes.SequenceHole);
    }

    [Theory]
    [InlineData(Limits.BodyBytesMax + 1)]
    [InlineData(Limits.BodyBytesMax + 1_024)]
    [InlineData(Limits.BodyBytesMax + 1_025)]
    [InlineData(4 * Limits.BodyBytesMax)]
    public async Task A_larger_body_is_refused(int bytes)
    {
        using var response = await _host.SendAsync(_device, new byte[bytes], Headers.ProtobufMediaType, Header(_device.Batch(1, 20)));

        await response.ProblemAsync(ProblemTypes.BodyTooLarge);
    }

    [Theory]
    [InlineData(Limits.BodyBytesMax + 1)]
    [InlineData(64 * Limits.BodyBytesMax)]
    public async Task A_body_that_grows_too_large_is_refused(int bytes)
    {
        using var response = await _host.SendAsync(_device, Gzip(new byte[bytes]), Headers.ProtobufMediaType, Header(_device.Batch(1, 20)), "gzip");

        await response.ProblemAsync(ProblemTypes.BodyTooLarge);
    }

    [Fact]
    public async Task A_broken_compression_is_malformed()
    {
        using var response = await _host.SendAsync(_device, [1, 2, 3], Headers.ProtobufMediaType, Header(_device.Batch(1, 20)), "gzip");

        await response.ProblemAsync(ProblemTypes.MalformedBody);
    }

    [Theory]
    [InlineData("text/csv")]
    [InlineData("no type at all")]
    [InlineData(null)]
    public async Task Another_media_type_is_refused(string? mediaType)
    {
        var batch = _device.Batch(1, 20);
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Telemetry);
        var content = new ByteArrayContent(TelemetryCodec.EncodeProtobuf(batch));
        if (mediaType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        }

        request.Content = content;
        request.Headers.Add(Headers.Batch, Header(batch));
        using var response = await _host.SendAsync(_device, request);

        await response.ProblemAsync(ProblemTypes.UnsupportedMediaType);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1;2;3")]
    [InlineData("4000000000001;1;19;live")]
    [InlineData("4000000000001;2;20;live")]
    [InlineData("4000000000002;1;20;live")]
    [InlineData("4000000000001;1;20;express")]
    public async Task A_header_that_is_not_the_body_is_refused(string? header)
    {
        using var response = await _host.SendAsync(_device, TelemetryCodec.EncodeProtobuf(_device.Batch(1, 20)), Headers.ProtobufMediaType, header);

        await response.ProblemAsync(ProblemTypes.BatchHeaderMismatch);
        Assert.Equal(0, _host.Storage.Count("streams"));
    }

    [Theory]
    [InlineData(Headers.ProtobufMediaType, "not protobuf")]
    [InlineData(Headers.ProtobufMediaType, "")]
    [InlineData(Headers.JsonMediaType, "{")]
    [InlineData(Headers.JsonMediaType, "{}")]
    public async Task A_body_that_is_no_batch_is_malformed(string mediaType, string body)
    {
        using var response = await _host.SendAsync(_device, Encoding.UTF8.GetBytes(body), mediaType, Header(_device.Batch(1, 20)));

        await response.ProblemAsync(ProblemTypes.MalformedBody);
    }

    [Fact]
    public async Task Numbers_past_the_last_one_are_malformed()
    {
        var builder = new TelemetryBatchBuilder(_device.Epoch, long.MaxValue, _device.DigestAt(0));
        builder.Add(_device.ReadingAt(1), _device.DigestAt(1));
        builder.Add(_device.ReadingAt(2), _device.DigestAt(2));
        var batch = builder.Build(_device.Boot, 0);
        using var response = await _host.SendAsync(_device, batch);

        await response.ProblemAsync(ProblemTypes.MalformedBody);
    }

    [Fact]
    public async Task A_request_without_a_device_is_refused()
    {
        var batch = _device.Batch(1, 20);
        using var response = await _host.SendAsync(null, TelemetryCodec.EncodeProtobuf(batch), Headers.ProtobufMediaType, Header(batch));

        await response.ProblemAsync(ProblemTypes.TokenMissing);
        Assert.Equal(HttpStatusCode.OK, (await _host.SendAsync(_device, batch)).StatusCode);
    }

    private byte[] Sized(int bytes)
    {
        // Unknown fields are ignored: field 1000 pads the message.
        _device.Produce(5);
        var message = TelemetryCodec.EncodeProtobuf(_device.Batch(21, 25));
        var padding = new byte[bytes - message.Length - 5];
        byte[] length = [(byte)(padding.Length | 0x80), (byte)((padding.Length >> 7) | 0x80), (byte)(padding.Length >> 14)];
        return [.. message, 0xC2, 0x3E, .. length, .. padding];
    }

    private static string Header(TelemetryBatch batch) => BatchHeader.Of(batch, Lane.Backlog).ToString();

    private static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }
}
