using System.Net;

namespace EdgeSync.Benchmarks;

/// <summary>Sends prepared requests over kept connections, as a gateway does, from a number of senders.</summary>
internal sealed class LoadGenerator : IAsyncDisposable
{
    // Kestrel's default of streams on a connection.
    private const int SendersPerConnection = 100;

    private readonly H2cConnection[] _connections;

    private LoadGenerator(H2cConnection[] connections, int senders)
    {
        _connections = connections;
        Senders = senders;
    }

    public int Senders { get; }

    public static async Task<LoadGenerator> ConnectAsync(IPEndPoint ingest, int senders, CancellationToken ct)
    {
        var connections = (senders + SendersPerConnection - 1) / SendersPerConnection;
        return new LoadGenerator(await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => H2cConnection.OpenAsync(ingest, ct))), senders);
    }

    /// <summary>Sends all of it; every request is acknowledged when it returns.</summary>
    /// <exception cref="InvalidOperationException">One was not; the message holds the answer.</exception>
    public Task SendAsync(IReadOnlyList<IReadOnlyList<H2cRequest>> load, CancellationToken ct) =>
        Task.WhenAll(_connections.Select((connection, i) => connection.SendAsync(load.Where((_, sender) => sender % _connections.Length == i), ct)));

    public ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}
