using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>Devices with a certificate, a connection and a token each, which send prepared batches, each the next when the one before is acknowledged.</summary>
internal sealed class SecuredLoad : IDisposable
{
    private readonly PreparedLoad _load;
    private readonly List<Sender> _senders = [];

    private SecuredLoad(PreparedLoad load) => _load = load;

    public static async Task<SecuredLoad> ConnectAsync(SecuredPlane plane, FleetPki pki, int connections, int seed, CancellationToken ct)
    {
        var load = new SecuredLoad(new PreparedLoad(connections, seed));
        try
        {
            foreach (var device in load._load.Devices)
            {
                var connection = await DeviceConnection.OpenAsync(plane.DeviceAddress, pki.Tls(pki.Issue(device)), ct);
                load._senders.Add(new Sender(connection, await AskTokenAsync(connection, ct)));
            }

            return load;
        }
        catch
        {
            load.Dispose();
            throw;
        }
    }

    /// <summary>Requests for each connection.</summary>
    public IReadOnlyList<IReadOnlyList<byte[]>> Encode(int readings, int readingsPerBatch, long sentAt)
    {
        var tokens = _load.Devices.Zip(_senders, (device, sender) => (device, sender.Token)).ToDictionary();
        return _load.Encode(readings, readingsPerBatch, _senders.Count, sentAt, batch => DeviceConnection.Request(batch, tokens[batch.Device]));
    }

    /// <summary>Sends all of it; every request is acknowledged when it returns.</summary>
    /// <exception cref="InvalidOperationException">One was not; the message holds the answer.</exception>
    public Task SendAsync(IReadOnlyList<IReadOnlyList<byte[]>> load, CancellationToken ct) => Task.WhenAll(_senders.Zip(load, async (sender, requests) =>
    {
        foreach (var request in requests)
        {
            await sender.Connection.SendAsync(request, ct);
        }
    }));

    public void Dispose() => _senders.ForEach(sender => sender.Connection.Dispose());

    private static async Task<string> AskTokenAsync(DeviceConnection connection, CancellationToken ct)
    {
        var answer = await connection.SendAsync(DeviceConnection.Request(Routes.Token, null, "", []), ct);
        return JsonSerializer.Deserialize(answer.Span, ProtocolJson.Default.DeviceToken)!.Token;
    }

    private sealed record Sender(DeviceConnection Connection, string Token);
}
