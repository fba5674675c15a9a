using EdgeSync.Commands;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>One run of Ingest or Commands: the real service in a process of the world.</summary>
internal sealed class VirtualService
{
    /// <summary>The services of a world; the gateway is the network's.</summary>
    public static readonly IReadOnlyList<string> Names = [ControlPlaneSettings.Ingest, ControlPlaneSettings.Commands];

    private static readonly string[] IngestPaths = [Routes.Telemetry, Routes.Heartbeat];

    private readonly ServiceBlueprint _blueprint;
    private readonly ServiceProvider _provider;
    private readonly HashSet<Action> _underWay = [];
    private readonly Random _ids;
    private long _requests;
    private bool _isReady;

    /// <param name="blueprint">The service.</param>
    /// <param name="process">Its process.</param>
    /// <param name="connectionString">The control plane's database.</param>
    /// <param name="ids">Ids of commands are drawn from it.</param>
    /// <param name="logs">Where it logs.</param>
    /// <param name="boundary">Called where its transactions begin and end.</param>
    public VirtualService(ServiceBlueprint blueprint, VirtualProcess process, string connectionString, Random ids, ILoggerFactory logs, TransactionBoundary boundary)
    {
        (_blueprint, Process, _ids) = (blueprint, process, ids);
        _provider = blueprint.Instantiate(services =>
        {
            services.AddSingleton<TimeProvider>(process.Time);
            services.AddSingleton(new DatabaseOptions(connectionString, IsServer: false));
            services.AddSingleton(logs);
            services.AddSingleton<CommandIdSource>(now => new CommandId(ids.UuidVersion7(now)));
            services.AddSingleton<BatchIdSource>(now => new BatchId(ids.UuidVersion7(now)));
            services.AddSingleton<RolloutIdSource>(now => new RolloutId(ids.UuidVersion7(now)));
            services.AddSingleton(boundary);
        });
        process.OnKilled(BreakConnections);
    }

    public VirtualProcess Process { get; }

    /// <summary>Which service a path belongs to.</summary>
    public static string Of(string path) =>
        Array.Exists(IngestPaths, ours => path.StartsWith(ours, StringComparison.Ordinal)) ? ControlPlaneSettings.Ingest : ControlPlaneSettings.Commands;

    /// <summary>Starts it; until that is done it takes no requests.</summary>
    /// <param name="failed">Called when it could not.</param>
    public void Start(Action<Exception> failed) => Process.Do(() => _ = StartAsync(failed));

    /// <summary>Takes a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="reply">Called with the answer.</param>
    /// <param name="broken">Called when there will be none.</param>
    public void Accept(VirtualRequest request, Action<VirtualResponse> reply, Action broken)
    {
        if (!_isReady || Process.IsDead)
        {
            broken();
            return;
        }

        _underWay.Add(broken);
        Process.Do(() => _ = HandleAsync(request, reply, broken));
    }

    /// <summary>Lets go of what the run holds in this process, when its world is over.</summary>
    public void Release()
    {
        Process.Kill();
        var releasing = _provider.DisposeAsync();
        if (!releasing.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("A service waits while it is disposed.", releasing.AsTask().Exception);
        }
    }

    private async Task StartAsync(Action<Exception> failed)
    {
        try
        {
            foreach (var hosted in _provider.GetServices<IHostedService>())
            {
                if (hosted is PeriodicWork work)
                {
                    _ = WatchAsync(work.RunAsync(CancellationToken.None), failed);
                }
                else
                {
                    await hosted.StartAsync(CancellationToken.None);
                }
            }

            _isReady = true;
        }
        catch (Exception e) when (e is not ProcessKilledException)
        {
            failed(e);
        }
    }

    private static async Task WatchAsync(Task work, Action<Exception> failed)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (e is not ProcessKilledException)
        {
            failed(e);
        }
    }

    private async Task HandleAsync(VirtualRequest request, Action<VirtualResponse> reply, Action broken)
    {
        await using var scope = _provider.CreateAsyncScope();
        using var body = new MemoryStream();
        var context = ToContext(request, body);
        context.RequestServices = scope.ServiceProvider;
        await _blueprint.Pipeline(context);
        await context.Response.CompleteAsync();
        if (Process.IsDead)
        {
            return;
        }

        _underWay.Remove(broken);
        reply(new VirtualResponse(context.Response.StatusCode, context.Response.ContentType, Text(context.Response.Headers.RetryAfter), body.ToArray()));
    }

    private DefaultHttpContext ToContext(VirtualRequest request, Stream answer)
    {
        var context = new DefaultHttpContext { TraceIdentifier = FormattableString.Invariant($"{Process.Name}-{++_requests}") };
        context.Request.Method = request.Method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("control-plane");
        context.Request.Path = Uri.UnescapeDataString(request.Path);
        context.Request.QueryString = new QueryString(request.Query);
        context.Request.Protocol = "HTTP/2";
        context.Request.Body = new MemoryStream(request.Body, writable: false);
        foreach (var (name, value) in request.Headers)
        {
            context.Request.Headers.Append(name, value);
        }

        if (request.Body.Length > 0)
        {
            context.Request.ContentLength = request.Body.Length;
        }

        context.Features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(request.Body.Length > 0));
        context.Response.Body = answer;
        return context;
    }

    private void BreakConnections()
    {
        foreach (var broken in _underWay.ToList())
        {
            broken();
        }

        _underWay.Clear();
    }

    private static string? Text(Microsoft.Extensions.Primitives.StringValues header) => header.Count == 0 ? null : header.ToString();

    private sealed record BodyDetection(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;
}
