using System.Net.Security;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>Devices with a certificate, a connection and a token each, which send prepared batches, each the next when the one before is acknowledged.</summary>
internal sealed class SecuredLoad : IDisposable
{
    private readonly Uri _address;
    private readonly PreparedLoad _load;
    private readonly SslClientAuthenticationOptions[] _tls;
    private List<Sender> _senders = [];

    public SecuredLoad(Uri address, FleetPki pki, int connections, int seed)
    {
        _address = address;
        _load = new PreparedLoad(connections, seed);
        _tls = [.. _load.Devices.Select(device => pki.Tls(pki.Issue(device)))];
    }

    /// <summary>Connects every device, anew where it was connected, and gets its token.</summary>
    public async Task ConnectAsync(CancellationToken ct)
    {
        Dispose();
        _senders = [];
        foreach (var tls in _tls)
        {
            var connection = await DeviceConnection.OpenAsync(_address, tls, ct);
            _senders.Add(new Sender(connection, await AskTokenAsync(connection, ct)));
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
