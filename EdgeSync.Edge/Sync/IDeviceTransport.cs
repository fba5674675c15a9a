namespace EdgeSync.Edge;

/// <summary>What carries a device's requests: the program's client, or connections that the device manages together with its certificate.</summary>
internal interface IDeviceTransport
{
    /// <summary>Whether there is a certificate to show.</summary>
    bool HasCertificate { get; }

    /// <summary>The present connection, for one request.</summary>
    TransportLease Rent();
}

/// <summary>A connection that stays usable until this is disposed, whatever takes its place meanwhile.</summary>
internal sealed class TransportLease(HttpClient http, Action release) : IDisposable
{
    private int _isReleased;

    public HttpClient Http { get; } = http;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            release();
        }
    }
}

/// <summary>A client that the device's program gave, and keeps.</summary>
internal sealed class GivenTransport(HttpClient http) : IDeviceTransport
{
    public bool HasCertificate => true;

    public TransportLease Rent() => new(http, static () => { });
}
