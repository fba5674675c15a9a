using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// A device's way to the control plane, as bad as its profile says: real requests over real sockets that are delayed, dropped before or after they arrive, sent
/// twice at once or the second time seconds later, when much has happened since, or cut while the device is offline. Its decisions are drawn from the seed; they begin with <see cref="Begin"/>, and <see cref="Heal"/> ends them for good.
/// </summary>
/// <remarks>One for each device, over all the sockets that it uses one after the other.</remarks>
internal sealed class FaultyNetwork(FaultProfile profile, Random random, TimeProvider time) : IDisposable
{
    private const double LateSecondsMax = 5;

    // A device that has a certificate and a token has not synced yet.
    private static readonly string[] Preliminaries = [Routes.Enrolment, Routes.Token];

    private readonly Lock _lock = new();
    private CancellationTokenSource _line = new();
    private DateTimeOffset _nextTurn = profile.OnlineMean == TimeSpan.Zero ? DateTimeOffset.MaxValue : DateTimeOffset.MinValue;
    private bool _online = profile.OnlineMean == TimeSpan.Zero;
    private bool _faulty;
    private bool _healed = profile == FaultProfile.For(FaultLevel.None);

    /// <summary>Whether the control plane has ever taken something from this device.</summary>
    public bool EverConnected { get; private set; }

    /// <summary>Faults that were made.</summary>
    public int Faults { get; private set; }

    /// <summary>Faults from now on.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _faulty = true;
        }
    }

    /// <summary>No more faults from now on.</summary>
    public void Heal()
    {
        lock (_lock)
        {
            _healed = true;
        }
    }

    /// <summary>This network over these sockets, which it disposes with itself.</summary>
    public HttpMessageHandler Over(HttpMessageHandler sockets) => new Way(this, sockets);

    public void Dispose() => _line.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Way way, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var fate = Draw();
        if (fate.Latency > TimeSpan.Zero)
        {
            await Task.Delay(fate.Latency, time, cancellationToken);
        }

        if (fate.DropBefore)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The simulated network lost the request.");
        }

        try
        {
            return await SendAsync(way, request, fate, cancellationToken);
        }
        catch (OperationCanceledException e) when (fate.Line.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The simulated device went offline.", e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Way way, HttpRequestMessage request, Fate fate, CancellationToken cancellationToken)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, fate.Line);
        var again = fate.Duplicate && request.Method != HttpMethod.Get ? await CopyAsync(request, cancellationToken) : null;
        var response = await way.PassAsync(request, cut.Token);
        EverConnected |= response.IsSuccessStatusCode && !Preliminaries.Contains(request.RequestUri!.AbsolutePath);
        if (again is not null && fate.Late > TimeSpan.Zero)
        {
            _ = SendLateAsync(way, again, fate.Late);
        }
        else if (again is not null)
        {
            using var copy = again;
            response.Dispose();
            response = await way.PassAsync(copy, cut.Token);
        }

        if (fate.DropAfter)
        {
            response.Dispose();
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The simulated network lost the answer.");
        }

        response.Content = new CuttableContent(response.Content, fate.Line);
        return response;
    }

    // A copy that some device on the way held back. Nobody waits for its answer.
    private async Task SendLateAsync(Way way, HttpRequestMessage copy, TimeSpan late)
    {
        try
        {
            await Task.Delay(late, time, CancellationToken.None);
            using (copy)
            using (await way.PassAsync(copy, CancellationToken.None))
            {
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It came to nothing, as such copies may.
        }
    }

    private Fate Draw()
    {
        lock (_lock)
        {
            if (_healed || !_faulty)
            {
                return new Fate(TimeSpan.Zero, false, false, false, TimeSpan.Zero, CancellationToken.None);
            }

            Turn();
            var fate = new Fate(
                profile.LatencyMax * random.NextDouble(),
                random.NextDouble() < profile.DropBefore || !_online,
                random.NextDouble() < profile.DropAfter,
                random.NextDouble() < profile.Duplicate,
                random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(LateSecondsMax * random.NextDouble()),
                _line.Token);
            Faults += (fate.DropBefore ? 1 : 0) + (fate.DropAfter ? 1 : 0) + (fate.Duplicate ? 1 : 0);
            return fate;
        }
    }

    // The line turns when a request looks at it or a stretch ends while one is under way: cutting it then is what a device sees of going offline.
    private void Turn()
    {
        var now = time.GetUtcNow();
        if (now < _nextTurn)
        {
            return;
        }

        var wasOnline = _online;
        _online = !_online;
        var mean = _online ? profile.OnlineMean : profile.OfflineMean;
        var stretch = mean * -Math.Log(1 - random.NextDouble());
        _nextTurn = now + stretch;
        if (wasOnline)
        {
            _line.Cancel();
        }
        else
        {
            _line.Dispose();
            _line = new CancellationTokenSource(stretch, time);
        }
    }

    private static async Task<HttpRequestMessage> CopyAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach (var header in request.Headers)
        {
            copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        if (request.Content is { } content)
        {
            copy.Content = new ByteArrayContent(await content.ReadAsByteArrayAsync(ct));
            foreach (var header in content.Headers)
            {
                copy.Content.Headers.TryAddWithoutValidation(header.Key, header.Value);
            }
        }

        return copy;
    }

    private sealed class Way(FaultyNetwork network, HttpMessageHandler sockets) : DelegatingHandler(sockets)
    {
        public Task<HttpResponseMessage> PassAsync(HttpRequestMessage request, CancellationToken ct) => base.SendAsync(request, ct);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => network.SendAsync(this, request, cancellationToken);
    }

    private readonly record struct Fate(TimeSpan Latency, bool DropBefore, bool DropAfter, bool Duplicate, TimeSpan Late, CancellationToken Line);
}
