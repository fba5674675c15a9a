using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway.Tests;

/// <summary>With a gateway of their own: after so many broken streams a service refuses new ones on that connection for a while.</summary>
public sealed class BrokenTransferTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(EchoService.BreakOff)]
    [InlineData(EchoService.AnswerEarly)]
    public async Task Device_is_never_told_to_drop_what_a_service_did_not_take(string trouble)
    {
        var client = gateway.DeviceClient();
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Ct }, async (_, ct) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Telemetry) { Version = HttpVersion.Version20, Headers = { { trouble, "yes" } } };
            request.Content = new ByteArrayContent(new byte[100 * 1024]);

            using var response = await client.SendAsync(request, ct);

            if (trouble == EchoService.BreakOff || !response.IsSuccessStatusCode)
            {
                await response.ProblemAsync(ProblemTypes.Unavailable);
            }
        });
    }
}
