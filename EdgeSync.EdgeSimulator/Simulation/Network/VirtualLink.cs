namespace EdgeSync.EdgeSimulator;

/// <summary>The way of one machine to the control plane, for its program's HTTP client: requests leave it, and answers come back or do not.</summary>
/// <param name="name">Whose it is.</param>
/// <param name="process">The run of the program that sends: what is on its way to a run that is over is dropped.</param>
/// <param name="weather">What happens on the way.</param>
/// <param name="network">Where it leads.</param>
/// <param name="repeats">Whether a request may arrive twice; for those that say no, it would be another request.</param>
internal sealed class VirtualLink(string name, VirtualProcess process, LinkWeather weather, VirtualNetwork network, Func<VirtualRequest, bool> repeats) : HttpMessageHandler
{
    public string Name => name;

    public VirtualProcess Process => process;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        process.ThrowIfDead();
        var fate = weather.Next();
        var sent = VirtualRequest.Of(request);
        var exchange = new VirtualExchange(request, cancellationToken);
        network.Carry(this, sent, repeats(sent) ? fate : fate with { AgainAfter = null }, exchange);
        return exchange.Answer;
    }
}

/// <summary>A request whose sender waits for an answer, until it gives up.</summary>
internal sealed class VirtualExchange
{
    // Continuations run at once, outside of any context: those of libraries stay on the world's thread, and those of the program are posted to its process.
    private readonly TaskCompletionSource<HttpResponseMessage> _answer = new();
    private readonly HttpRequestMessage _request;
    private readonly CancellationTokenRegistration _givingUp;

    public VirtualExchange(HttpRequestMessage request, CancellationToken ct)
    {
        _request = request;
        _givingUp = ct.UnsafeRegister(static (state, token) => ((VirtualExchange)state!)._answer.TrySetCanceled(token), this);
    }

    public Task<HttpResponseMessage> Answer => _answer.Task;

    public bool IsOver => _answer.Task.IsCompleted;

    public void Complete(VirtualResponse response)
    {
        _givingUp.Dispose();
        _answer.TrySetResult(response.ToMessage(_request));
    }

    public void Fail(HttpRequestError error, string message)
    {
        _givingUp.Dispose();
        _answer.TrySetException(new HttpRequestException(error, message));
    }
}
