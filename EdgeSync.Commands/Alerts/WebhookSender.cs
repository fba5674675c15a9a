using System.Net.Http.Headers;
using System.Text;
using EdgeSync.Protocol;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Timeout;

namespace EdgeSync.Commands;

/// <summary>Posts notifications to webhooks, one attempt each. The waits between attempts are <see cref="NotificationDecision"/>'s, and outlive this process.</summary>
internal sealed class WebhookSender : IDisposable
{
    private static readonly TimeSpan AttemptMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, WebhookOption> _webhooks;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _attempt;

    // Not the factory's: its clients send again by themselves, at once and unsigned for the time.
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = ConnectionLifetime }) { Timeout = Timeout.InfiniteTimeSpan };

    public WebhookSender(IOptions<AlertOptions> options, TimeProvider time)
    {
        _webhooks = options.Value.Webhooks.ToDictionary(webhook => webhook.Name);
        _time = time;
        Audience = [.. options.Value.Webhooks.Select(webhook => webhook.ToAudience())];
        _attempt = new ResiliencePipelineBuilder { TimeProvider = time }.AddTimeout(AttemptMax).Build();
    }

    /// <summary>Who is told.</summary>
    public IReadOnlyList<AlertAudience> Audience { get; }

    /// <summary>Sends one; why it was not taken, null where it was.</summary>
    public async Task<string?> SendAsync(NotificationRow notification, CancellationToken ct)
    {
        if (!_webhooks.TryGetValue(notification.Webhook, out var webhook))
        {
            return "No webhook of this name is in the settings.";
        }

        try
        {
            return await _attempt.ExecuteAsync(async ct => await PostAsync(webhook, notification, ct), ct);
        }
        catch (TimeoutRejectedException)
        {
            return $"No answer within {AttemptMax.TotalSeconds} s.";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<string?> PostAsync(WebhookOption webhook, NotificationRow notification, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(webhook.Url));
        request.Content = new StringContent(notification.Body, Encoding.UTF8, new MediaTypeHeaderValue(Headers.JsonMediaType));
        request.Headers.Add(Headers.Notification, notification.Id);
        request.Headers.Add(Headers.Signature, WebhookSignature.Of(webhook.ReadSecret(), _time.GetUtcNow(), notification.Body));
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        return answer.IsSuccessStatusCode ? null : $"Answered with {(int)answer.StatusCode}.";
    }
}
