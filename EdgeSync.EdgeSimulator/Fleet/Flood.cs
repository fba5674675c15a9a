using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// A device gone wrong: with its own certificate and token it posts batches, 100 for each of its moments, whatever it is answered. The batches say that they come from an
/// earlier run of its program, so that they cost what batches cost and are never stored.
/// </summary>
internal sealed class Flood(DeviceId device, string credentials, FleetSettings settings, DevelopmentPki pki, TimeProvider time)
{
    private const int Times = 100;
    private const int BatchReadings = 200;
    private const int InFlightMax = 64;
    private static readonly TimeSpan TokenFor = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private int _inFlight;

    public async Task RunAsync(CancellationToken stop)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(credentials);
        using var http = DeviceHttp.Client(DeviceHttp.Handler(DeviceHttp.Tls(pki.Authority, certificate)), settings.ControlPlane);
        var batch = Batch();
        var body = TelemetryCodec.EncodeProtobuf(batch);
        // As live readings and as history, in turn: each has limits of its own.
        string[] headers = [BatchHeader.Of(batch, Lane.Live).ToString(), BatchHeader.Of(batch, Lane.Backlog).ToString()];
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (await TokenAsync(http, stop) is not { } token)
                {
                    await Task.Delay(RetryAfter, time, stop);
                    continue;
                }

                using var expires = new CancellationTokenSource(TokenFor, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, expires.Token);
                await PostAsync(http, token, body, headers, either.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private async Task PostAsync(HttpClient http, string token, byte[] body, string[] headers, CancellationToken until)
    {
        var posted = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / (Times * settings.Rate)), time);
        try
        {
            while (await timer.WaitForNextTickAsync(until))
            {
                if (Volatile.Read(ref _inFlight) < InFlightMax)
                {
                    Interlocked.Increment(ref _inFlight);
                    _ = PostAsync(http, token, body, headers[posted++ % headers.Length]);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Another token, or the end.
        }
    }

    private async Task PostAsync(HttpClient http, string token, byte[] body, string header)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Telemetry) { Version = http.DefaultRequestVersion, VersionPolicy = http.DefaultVersionPolicy, Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(Headers.ProtobufMediaType);
            request.Headers.Add(Headers.Batch, header);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await http.SendAsync(request, CancellationToken.None);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It does not listen.
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private static async Task<string?> TokenAsync(HttpClient http, CancellationToken ct)
    {
        try
        {
            using var response = await http.PostAsync(Routes.Token, null, ct);
            return response.IsSuccessStatusCode ? (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.DeviceToken, ct))?.Token : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private TelemetryBatch Batch()
    {
        var epoch = new Epoch(1);
        var digest = DigestChain.Origin(device, epoch);
        var builder = new TelemetryBatchBuilder(epoch, 1, digest);
        for (var i = 0; i < BatchReadings; i++)
        {
            var reading = new Reading("flood", time.GetMicroseconds() + i, i);
            digest = DigestChain.Next(digest, reading);
            builder.Add(reading, digest);
        }

        // Number 1 with a nonce that is nobody's: stale, once the device has been seen.
        return builder.Build(new Boot(1, long.MinValue), time.GetMicroseconds());
    }
}
