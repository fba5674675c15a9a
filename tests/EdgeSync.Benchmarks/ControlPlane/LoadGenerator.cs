using System.Net;

namespace EdgeSync.Benchmarks;

/// <summary>Sends prepared requests over kept connections, as a gateway does, from a number of senders.</summary>
internal sealed class LoadGenerator(IPEndPoint ingest, int senders) : IDisposable
{
    // Kestrel's default of streams on a connection.
    private const int SendersPerConnection = 100;

    private H2cConnection[] _connections = [];

    public int Senders => senders;

    /// <summary>Opens its connections, new ones where there were others.</summary>
    public async Task ConnectAsync(CancellationToken ct)
    {
        Dispose();
        var connections = (senders + SendersPerConnection - 1) / SendersPerConnection;
        _connections = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => H2cConnection.OpenAsync(ingest, ct)));
    }

    /// <summary>Sends all of it; every request is acknowledged when it returns.</summary>
    /// <exception cref="InvalidOperationException">One was not; the message holds the answer.</exception>
    public Task SendAsync(IReadOnlyList<IReadOnlyList<H2cRequest>> load, CancellationToken ct) =>
        Task.WhenAll(_connections.Select((connection, i) => connection.SendAsync(load.Where((_, sender) => sender % _connections.Length == i), ct)));

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }
}
