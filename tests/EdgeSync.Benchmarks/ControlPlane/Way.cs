namespace EdgeSync.Benchmarks;

/// <summary>A way of writing readings: a row of the table.</summary>
/// <param name="Name">Of <see cref="WayNames"/>.</param>
/// <param name="PrepareAsync">Connects, and makes what is to be sent; not measured. A connection that waited for its next turn would be closed by then.</param>
internal sealed record Way(string Name, Func<CancellationToken, Task<Work>> PrepareAsync);

/// <summary>What is measured once.</summary>
/// <param name="Readings">So many are stored when it has run.</param>
/// <param name="Gateway">The CPU of the gateway or broker so far, microseconds.</param>
/// <param name="Ingest">The CPU of ingest or of the subscriber so far, microseconds.</param>
/// <param name="RunAsync">Returns when all of it is acknowledged.</param>
internal sealed record Work(long Readings, Func<double> Gateway, Func<double> Ingest, Func<CancellationToken, Task> RunAsync);

/// <summary>Something that is disposed of with a stage.</summary>
internal sealed class Owned(IDisposable what) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        what.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Ways that share what runs for them.</summary>
internal interface IStage : IAsyncDisposable
{
    IEnumerable<Way> Ways { get; }
}
