using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Everything between machines: it carries requests to the service that a path belongs to, and answers back, as each link's weather will have it. It stands for the gateway too: it hands out
/// tokens, and says when a service is away.
/// </summary>
internal sealed class VirtualNetwork(VirtualScheduler scheduler, Trace trace, Func<string, string> tokenOf)
{
    private const int TokenSeconds = 600;

    private readonly Dictionary<string, VirtualService> _services = new(StringComparer.Ordinal);

    /// <summary>Requests that arrived.</summary>
    public long Requests { get; private set; }

    public void Attach(string service, VirtualService running) => _services[service] = running;

    public void Detach(string service) => _services.Remove(service);

    /// <summary>Sends a request on its way.</summary>
    public void Carry(VirtualLink link, VirtualRequest request, LinkFate fate, VirtualExchange exchange)
    {
        // A heartbeat tells how much room the machine's disk has, which is not the world's to say.
        var body = request.Path == Routes.Heartbeat ? "" : $" {Trace.Name(request.Body)}";
        trace.Write(scheduler.Now, link.Name, $"{request.Method} {request.Path}{request.Query}{body}{(fate.LosesRequest ? " is lost" : "")}{(fate.LosesAnswer ? " loses its answer" : "")}");
        if (!fate.LosesRequest)
        {
            scheduler.After(fate.Up, null, () => Arrive(link, request, fate, exchange));
        }
        else if (fate.Resets)
        {
            Fail(link, fate.Up, exchange, HttpRequestError.ConnectionError, "The network lost the request.");
        }

        if (fate is { AgainAfter: { } later, LosesRequest: false })
        {
            scheduler.After(fate.Up + later, null, () => Arrive(link, request, fate with { LosesAnswer = true, Resets = false }, null));
        }
    }

    private void Arrive(VirtualLink link, VirtualRequest request, LinkFate fate, VirtualExchange? exchange)
    {
        Requests++;
        if (request.Path == Routes.Token)
        {
            Answer(link, request, fate, exchange, new VirtualResponse(200, Headers.JsonMediaType, null,
                JsonSerializer.SerializeToUtf8Bytes(new DeviceToken(tokenOf(link.Name), TokenSeconds), ProtocolJson.Default.DeviceToken)));
        }
        else if (_services.TryGetValue(VirtualService.Of(request.Path), out var service))
        {
            service.Accept(
                request,
                response => Answer(link, request, fate, exchange, response),
                () => Lose(link, request, fate, exchange));
        }
        else if (fate.Resets)
        {
            Lose(link, request, fate, exchange);
        }
        else
        {
            Answer(link, request, fate, exchange, Problem(ProblemTypes.Unavailable.With("A part of the control plane cannot be reached.")));
        }
    }

    private void Answer(VirtualLink link, VirtualRequest request, LinkFate fate, VirtualExchange? exchange, VirtualResponse response)
    {
        var isToken = request.Path == Routes.Token;
        trace.Write(scheduler.Now, link.Name, $"{response.Status} {request.Path} {(isToken ? "" : Trace.Name(response.Body))}{(exchange is null ? " to nobody" : "")}");
        if (!fate.LosesAnswer)
        {
            scheduler.After(fate.Down, link.Process, () => exchange?.Complete(response));
        }
        else if (fate.Resets && exchange is not null)
        {
            Fail(link, fate.Down, exchange, HttpRequestError.ResponseEnded, "The network lost the answer.");
        }
    }

    // Killed while it had the request: the connection breaks, at once or when somebody notices.
    private void Lose(VirtualLink link, VirtualRequest request, LinkFate fate, VirtualExchange? exchange)
    {
        trace.Write(scheduler.Now, link.Name, $"broke {request.Path}");
        if (exchange is not null && fate.Resets)
        {
            Fail(link, fate.Down, exchange, HttpRequestError.ResponseEnded, "The connection was reset.");
        }
    }

    private void Fail(VirtualLink link, TimeSpan after, VirtualExchange exchange, HttpRequestError error, string message) =>
        scheduler.After(after, link.Process, () => exchange.Fail(error, message));

    private static VirtualResponse Problem(Problem problem) => new(
        problem.Status, Headers.ProblemMediaType, "1", JsonSerializer.SerializeToUtf8Bytes(problem, ProtocolJson.Default.Problem));
}
