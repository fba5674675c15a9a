using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>An enrolled device that comes back: one HTTP/2 connection with its certificate, a token, a first batch, and later an event stream.</summary>
internal sealed class ArrivingDevice(DeviceId id, X509Certificate2 certificate, PreparedBatch batch) : IDisposable
{
    private static readonly TimeSpan RetryAfterDefault = TimeSpan.FromSeconds(1);

    private HttpClient? _http;
    private string? _token;

    public DeviceId Id => id;

    /// <summary>Answers that told it to come again later, 429 and 503.</summary>
    public int Refusals { get; private set; }

    /// <summary>Answers of 500 and above.</summary>
    public int Faults { get; private set; }

    /// <summary>A handshake and one empty answer.</summary>
    public async Task GreetAsync(Uri address, FleetPki pki, CancellationToken ct)
    {
        Open(address, pki);
        using var response = await _http!.GetAsync("/", ct);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>A handshake, a token and a batch that is acknowledged.</summary>
    public async Task ArriveAsync(Uri address, FleetPki pki, TimeProvider time, CancellationToken ct)
    {
        Open(address, pki);
        using (var answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Post, Routes.Token), time, ct))
        {
            _token = JsonSerializer.Deserialize(await answer.Content.ReadAsByteArrayAsync(ct), ProtocolJson.Default.DeviceToken)!.Token;
        }

        using var stored = await SendAsync(Batch, time, ct);
        await stored.Content.ReadAsByteArrayAsync(ct);
    }

    /// <summary>Opens the event stream; done when its first event has come. What it returns reads on until it is cancelled.</summary>
    public async Task<Task> ListenAsync(CancellationToken ct)
    {
        var request = Request(HttpMethod.Get, Routes.Events);
        var response = await _http!.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        response.EnsureSuccessStatusCode();
        var stream = await response.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[256];
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 1), ct);
        return ReadOnAsync(response, stream, buffer, ct);
    }

    public void Dispose()
    {
        _http?.Dispose();
        certificate.Dispose();
    }

    private static async Task ReadOnAsync(HttpResponseMessage response, Stream stream, byte[] buffer, CancellationToken ct)
    {
        using (response)
        {
            try
            {
                while (await stream.ReadAsync(buffer, ct) > 0)
                {
                    // Comments, which keep the connection open.
                }

                throw new InvalidOperationException("An event stream ended.");
            }
            catch (OperationCanceledException)
            {
                // The run is over.
            }
        }
    }

    private void Open(Uri address, FleetPki pki)
    {
        _http?.Dispose();
        _http = DeviceHttp.Client(DeviceHttp.Handler(pki.Tls(certificate)), address);
    }

    private HttpRequestMessage Batch()
    {
        var request = Request(HttpMethod.Post, Routes.Telemetry);
        request.Headers.Add(Headers.Batch, batch.Header);
        request.Content = new ByteArrayContent(batch.Body) { Headers = { ContentType = new MediaTypeHeaderValue(Headers.ProtobufMediaType) } };
        return request;
    }

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        return request;
    }

    // As the agent does: what is refused for want of room is sent again when it may be.
    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, TimeProvider time, CancellationToken ct)
    {
        while (true)
        {
            using var request = make();
            request.Version = HttpVersion.Version20;
            var response = await _http!.SendAsync(request, ct);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            Faults += (int)response.StatusCode >= 500 ? 1 : 0;
            if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
            {
                throw new InvalidOperationException($"{request.RequestUri} was answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
            }

            Refusals++;
            var after = response.Headers.RetryAfter?.Delta ?? RetryAfterDefault;
            response.Dispose();
            await Task.Delay(after, time, ct);
        }
    }
}
