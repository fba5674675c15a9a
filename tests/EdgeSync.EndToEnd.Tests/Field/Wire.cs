namespace EdgeSync.EndToEnd.Tests;

/// <summary>One process's way out: it can be cut, and it can hold back answers, so that a test stops the world between the work and its answer.</summary>
internal sealed class Wire
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The path whose answers do not come back.</summary>
    public string? HoldAnswersOf { get; set; }

    /// <summary>Ends when an answer is held back: the control plane has done the work.</summary>
    public Task Held => _held.Task.WaitAsync(Within, TimeProvider.System, TestContext.Current.CancellationToken);

    public void Cut() => _cut.Cancel();

    /// <summary>This wire over these sockets.</summary>
    public HttpMessageHandler Over(HttpMessageHandler sockets) => new Way(this, sockets);

    private async Task<HttpResponseMessage> SendAsync(Way way, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _cut.Token);
        try
        {
            var response = await way.PassAsync(request, either.Token);
            if (request.RequestUri!.AbsolutePath == HoldAnswersOf)
            {
                response.Dispose();
                _held.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, either.Token);
            }

            return response;
        }
        catch (OperationCanceledException e) when (_cut.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The wire is cut.", e);
        }
    }

    private sealed class Way(Wire wire, HttpMessageHandler sockets) : DelegatingHandler(sockets)
    {
        public Task<HttpResponseMessage> PassAsync(HttpRequestMessage request, CancellationToken ct) => base.SendAsync(request, ct);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => wire.SendAsync(this, request, cancellationToken);
    }
}
