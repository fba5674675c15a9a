using System.Buffers;
using System.Reflection;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Connections;
using Microsoft.Net.Http.Headers;

namespace EdgeSync.Ingest;

/// <summary>
/// A request's body, read to its end, but never further than the protocol's limit, before any filter or handler answers. Its buffer is the
/// pool's again once the response is complete.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBufferBytes = 16 * 1024;

    private byte[]? _buffer;
    private int _length;

    private RequestBody(string? mediaType) => MediaType = mediaType;

    /// <summary>Without parameters, in lower case; null when there is none or it cannot be read.</summary>
    public string? MediaType { get; }

    /// <summary>What is wrong with the body as a whole, or null.</summary>
    public ProblemResult? Problem { get; private set; }

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    public static async ValueTask<RequestBody?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var request = context.Request;
        var body = new RequestBody(MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type.MediaType.Value?.ToLowerInvariant() : null);
        context.Response.RegisterForDispose(body);
        try
        {
            await body.ReadAsync(request, context.RequestAborted);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            body.Problem = TooLarge();
        }
        catch (Exception e) when (e is BadHttpRequestException or InvalidDataException)
        {
            body.Problem = ProblemTypes.MalformedBody.With($"The body cannot be read to its end: {e.Message}").ToResult();
        }
        catch (IOException e) when (e is not ConnectionResetException)
        {
            // A stream of HTTP/2 that its sender has reset is an IOException like any other, and may come before the request is known to be aborted.
            throw new ConnectionResetException(e.Message, e);
        }

        return body;
    }

    public void Dispose()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            _length = 0;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task ReadAsync(HttpRequest request, CancellationToken ct)
    {
        var expected = request.ContentLength is { } length and > 0 and <= Limits.BodyBytesMax ? (int)length + 1 : FirstBufferBytes;
        _buffer = ArrayPool<byte>.Shared.Rent(expected);
        while (await request.Body.ReadAsync(_buffer.AsMemory(_length), ct) is > 0 and var read)
        {
            _length += read;
            if (_length > Limits.BodyBytesMax)
            {
                Problem = TooLarge();
                return;
            }

            Grow();
        }
    }

    private void Grow()
    {
        if (_length == _buffer!.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(2 * _length);
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }

    private static ProblemResult TooLarge() =>
        ProblemTypes.BodyTooLarge.With($"A body has at most {Limits.BodyBytesMax} bytes after decompression; send fewer readings at once.").ToResult();
}
