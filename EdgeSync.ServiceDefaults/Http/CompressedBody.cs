using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RequestDecompression;

namespace EdgeSync.ServiceDefaults;

/// <summary>gzip and brotli bodies. One that is neither is its sender's fault: the framework's own providers would let it look like ours, and be sent again for ever.</summary>
internal sealed class CompressedBody(string encoding, Func<Stream, Stream> open) : IDecompressionProvider
{
    public static void Replace(IDictionary<string, IDecompressionProvider> providers)
    {
        providers.Clear();
        providers.Add("gzip", new CompressedBody("gzip", body => new GZipStream(body, CompressionMode.Decompress, leaveOpen: true)));
        providers.Add("br", new CompressedBody("brotli", body => new BrotliStream(body, CompressionMode.Decompress, leaveOpen: true)));
    }

    public Stream GetDecompressionStream(Stream stream) => new BlamingStream(open(stream), encoding);

    /// <summary>Says whose fault it is when the bytes cannot be decompressed.</summary>
    private sealed class BlamingStream(Stream inner, string encoding) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await inner.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
            {
                // gzip throws the one, brotli the other.
                throw new BadHttpRequestException($"The body is not {encoding} as its Content-Encoding says. Compress it again, or send it without Content-Encoding.", e);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        // Kestrel allows no synchronous reads of a body.
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
