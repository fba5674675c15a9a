using System.Net.Security;

namespace EdgeSync.Edge;

/// <summary>Connections that go with the device's certificate: a new certificate gets a new one, and requests under way on the old one go on until they end.</summary>
internal sealed class ManagedTransport(Func<SslClientAuthenticationOptions, HttpMessageHandler> sockets, GatewayTls tls, Uri address) : IDeviceTransport, IDisposable
{
    private readonly Lock _gate = new();
    private Connection? _connection;
    private bool _isDisposed;

    public DeviceCredentials? Credentials { get; private set; }

    public bool HasCertificate => Credentials is not null;

    /// <exception cref="InvalidOperationException">The device has no certificate yet.</exception>
    public TransportLease Rent()
    {
        lock (_gate)
        {
            return (_connection ?? throw new InvalidOperationException("The device has no certificate to connect with.")).Rent();
        }
    }

    /// <summary>A connection without certificate, for one request.</summary>
    public TransportLease RentNameless(Uri other)
    {
        var connection = new Connection(sockets(tls.Options(other, null)));
        var lease = connection.Rent();
        connection.Dispose();
        return lease;
    }

    /// <summary>New requests go over a new connection from now on.</summary>
    public void Use(DeviceCredentials credentials)
    {
        var connection = new Connection(sockets(tls.Options(address, credentials)));
        lock (_gate)
        {
            _connection?.Dispose();
            (_connection, Credentials) = (connection, credentials);
            if (_isDisposed)
            {
                connection.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _connection?.Dispose();
        }
    }

    private sealed class Connection(HttpMessageHandler handler) : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly HttpClient _http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        private int _users = 1;

        public TransportLease Rent()
        {
            lock (_gate)
            {
                _users++;
            }

            return new TransportLease(_http, Release);
        }

        /// <summary>No new requests; those under way go on.</summary>
        public void Dispose() => Release();

        private void Release()
        {
            lock (_gate)
            {
                if (--_users > 0)
                {
                    return;
                }
            }

            _http.Dispose();
        }
    }
}

/// <summary>Connections without certificate, to enrol.</summary>
internal sealed class EnrolmentTransport(ManagedTransport managed, Uri address) : IDeviceTransport
{
    public bool HasCertificate => false;

    public TransportLease Rent() => managed.RentNameless(address);
}
