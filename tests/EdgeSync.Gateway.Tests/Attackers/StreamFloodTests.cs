using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway.Tests;

/// <summary>An attacker with a certificate who opens streams of one HTTP/2 connection as fast as it can.</summary>
public sealed class StreamFloodTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const int StreamsMax = 100;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_streams_than_a_connection_may_have_are_refused()
    {
        await using var http = await RawHttp.DeviceAsync(gateway, SslApplicationProtocol.Http2, Ct);
        var attack = new RawHttp2(http.Stream);
        await attack.BeginAsync(Ct);
        var token = await TokenAsync(http);

        await attack.SendAsync([.. Enumerable.Range(0, StreamsMax + 1).SelectMany(i => RawHttp2.Get((2 * i) + 1, Routes.Events, token))], Ct);

        var refused = (await attack.ReadAsync([RawHttp2.ResetFrame], Ct))!.Value;
        Assert.Equal(((2 * StreamsMax) + 1, RawHttp2.RefusedStream), (refused.Id, BinaryPrimitives.ReadInt32BigEndian(refused.Payload)));
    }

    [Fact]
    public async Task Streams_that_are_opened_and_reset_at_once_end_the_connection_and_nobody_else_feels_it()
    {
        const int RoundsMax = 2_000;
        await using var http = await RawHttp.DeviceAsync(gateway, SslApplicationProtocol.Http2, Ct);
        var attack = new RawHttp2(http.Stream);
        await attack.BeginAsync(Ct);
        var token = await TokenAsync(http);
        var end = attack.ReadAsync([RawHttp2.GoAwayFrame], Ct);

        var rounds = 0;
        try
        {
            for (var id = 1; rounds < RoundsMax && !end.IsCompleted; rounds++)
            {
                var frames = new List<byte>();
                for (var i = 0; i < 50; i++, id += 2)
                {
                    frames.AddRange(RawHttp2.Get(id, Routes.Events, token));
                    frames.AddRange(RawHttp2.Reset(id));
                }

                await attack.SendAsync([.. frames], Ct);
            }
        }
        catch (IOException)
        {
            // Closed while it was writing.
        }

        // The reason may be lost with the connection, which is closed under what is still being written.
        var goAway = await end;
        Assert.InRange(rounds, 1, RoundsMax - 1);
        Assert.Equal(RawHttp2.EnhanceYourCalm, goAway is { } said ? BinaryPrimitives.ReadInt32BigEndian(said.Payload.AsSpan(4)) : RawHttp2.EnhanceYourCalm);
        using var other = await gateway.DeviceClient().PostAsync(Routes.Heartbeat, null, Ct);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    /// <summary>For the certificate of the attack's connection.</summary>
    private async Task<string> TokenAsync(RawHttp http)
    {
        using var answer = await gateway.DeviceClient(http.Certificate).PostAsync(Routes.Token, null, Ct);
        return (await answer.Content.ReadFromJsonAsync(ProtocolJson.Default.DeviceToken, Ct))!.Token;
    }
}
