using System.IO.Compression;
using EdgeSync.Protocol;

namespace EdgeSync.ServiceDefaults.Tests;

public sealed class RequestBodyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task Body_of_the_largest_size_is_read_in_every_encoding(string encoding)
    {
        await using var service = await SmallService.StartAsync();

        using var response = await service.Client.PostAsync("/length", Compressed(Limits.BodyBytesMax, encoding), Ct);

        Assert.Equal("262144", await response.Content.ReadAsStringAsync(Ct));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task Body_that_grows_beyond_the_limit_is_too_large(string encoding)
    {
        await using var service = await SmallService.StartAsync();

        using var response = await service.Client.PostAsync("/length", Compressed(8 * Limits.BodyBytesMax, encoding), Ct);

        await ProblemTests.ProblemAsync(response, ProblemTypes.BodyTooLarge);
        Assert.Empty(service.Logs.All);
    }

    [Theory]
    [InlineData("deflate")]
    [InlineData("zstd")]
    [InlineData("gzip, gzip")]
    public async Task Other_encoding_is_refused(string encoding)
    {
        await using var service = await SmallService.StartAsync();
        var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        using var response = await service.Client.PostAsync("/length", content, Ct);

        await ProblemTests.ProblemAsync(response, ProblemTypes.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Body_that_is_not_compressed_as_it_says_is_the_senders_fault(string encoding)
    {
        await using var service = await SmallService.StartAsync();
        var content = new ByteArrayContent("not compressed at all"u8.ToArray()) { Headers = { ContentEncoding = { encoding } } };

        using var response = await service.Client.PostAsync("/length", content, Ct);

        await ProblemTests.ProblemAsync(response, ProblemTypes.MalformedBody);
        Assert.Empty(service.Logs.All);
    }

    [Fact]
    public async Task Early_answer_leaves_no_body_unread()
    {
        await using var service = await SmallService.StartAsync();
        var content = new CountingContent(Limits.BodyBytesMax);

        using var response = await service.Client.PostAsync("/early", content, Ct);

        await ProblemTests.ProblemAsync(response, ProblemTypes.StaleBoot);
        Assert.True(content.IsSent);
    }

    private static ByteArrayContent Compressed(int length, string encoding)
    {
        using var buffer = new MemoryStream();
        using (var stream = Encoder(buffer, encoding))
        {
            stream.Write(new byte[length]);
        }

        return new ByteArrayContent(buffer.ToArray()) { Headers = { ContentEncoding = { encoding } } };
    }

    private static Stream Encoder(MemoryStream buffer, string encoding) => encoding switch
    {
        "gzip" => new GZipStream(buffer, CompressionLevel.Fastest),
        "br" => new BrotliStream(buffer, CompressionLevel.Fastest),
        _ => buffer,
    };

    /// <summary>Knows whether all of it was taken.</summary>
    private sealed class CountingContent(int length) : HttpContent
    {
        public bool IsSent { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(new byte[length], Ct);
            IsSent = true;
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
