namespace EdgeSync.Ingest;

/// <summary>
/// How many devices are verified or repaired at once: each reads tens of thousands of rows, over a connection that writes of telemetry need too. A fleet that is told to <c>resync</c> takes its turn.
/// </summary>
internal sealed class VerificationSlots : IDisposable
{
    private const int SlotsMax = 4;

    private readonly SemaphoreSlim _free = new(SlotsMax, SlotsMax);

    /// <summary>Dispose what is returned when it is done; null when all are taken.</summary>
    public IDisposable? TryTake() => _free.Wait(0) ? new Slot(_free) : null;

    public void Dispose() => _free.Dispose();

    private sealed class Slot(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
