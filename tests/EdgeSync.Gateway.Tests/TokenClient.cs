using System.Net.Http.Headers;
using System.Net.Http.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway.Tests;

/// <summary>Shows a token as a device does: asks for one before the first request that carries none. Where the gateway gives none, its refusal is the answer.</summary>
internal sealed class TokenClient(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private string? _token;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.Authorization is null && request.RequestUri!.AbsolutePath is not (Routes.Token or Routes.Certificates))
        {
            if (_token is null)
            {
                using var ask = new HttpRequestMessage(HttpMethod.Post, new Uri(request.RequestUri!, Routes.Token)) { Version = request.Version, VersionPolicy = request.VersionPolicy };
                var answer = await base.SendAsync(ask, cancellationToken);
                if (!answer.IsSuccessStatusCode)
                {
                    return answer;
                }

                _token = (await answer.Content.ReadFromJsonAsync(ProtocolJson.Default.DeviceToken, cancellationToken))!.Token;
                answer.Dispose();
            }

            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        }

        return await base.SendAsync(request, cancellationToken);
    }
}
