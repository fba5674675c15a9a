using System.Net;
using System.Net.Http.Headers;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>Sends prepared batches over kept HTTP/2 connections without TLS, as the gateway does, each sender one after the other.</summary>
internal sealed class LoadGenerator : IDisposable
{
    // Kestrel's default of streams on a connection.
    private const int SendersPerConnection = 100;

    private readonly Uri _address;
    private readonly HttpMessageInvoker[] _connections;

    public LoadGenerator(Uri ingest, int senders)
    {
        _address = new Uri(ingest, Routes.Telemetry);
        Senders = senders;
        _connections = [.. Enumerable.Range(0, (senders + SendersPerConnection - 1) / SendersPerConnection).Select(_ => new HttpMessageInvoker(new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        }))];
    }

    public int Senders { get; }

    /// <summary>Sends all of it; every batch is acknowledged when it returns.</summary>
    /// <exception cref="InvalidOperationException">A batch was not acknowledged; the message holds the answer.</exception>
    public Task SendAsync(IReadOnlyList<IReadOnlyList<PreparedBatch>> load, CancellationToken ct) =>
        Task.WhenAll(load.Select((batches, sender) => SendAsync(_connections[sender % _connections.Length], batches, ct)));

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private async Task SendAsync(HttpMessageInvoker connection, IReadOnlyList<PreparedBatch> batches, CancellationToken ct)
    {
        foreach (var batch in batches)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Headers.TryAddWithoutValidation(Headers.Device, batch.Device);
            request.Headers.TryAddWithoutValidation(Headers.Batch, batch.Header);
            request.Content = new ByteArrayContent(batch.Body);
            request.Content.Headers.ContentType = Protobuf;
            using var response = await connection.SendAsync(request, ct);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new InvalidOperationException($"Ingest answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
            }

            await response.Content.CopyToAsync(Stream.Null, ct);
        }
    }

    private static readonly MediaTypeHeaderValue Protobuf = new(Headers.ProtobufMediaType);
}
