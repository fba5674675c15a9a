using EdgeSync.Testing;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>Counts a connection's bytes, both ways, between HTTP/2 and TLS.</summary>
internal sealed class CountedStream(Stream inner, Action<int> count) : DuplexStream(inner)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await base.ReadAsync(buffer, cancellationToken);
        count(read);
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        count(buffer.Length);
        return base.WriteAsync(buffer, cancellationToken);
    }
}
