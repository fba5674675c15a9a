using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>
/// The certificate that the gateway shows, from files that are read again while it runs. Their content is compared, because a file that is swapped by a link keeps its own time.
/// A change that cannot be used is logged, and the certificate before it stays; connections keep the one that they began with.
/// </summary>
internal sealed partial class ServerCertificate
{
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _reading = new();
    private volatile ServerIdentity _current;
    private long _readAt;
    private string? _fault;

    public ServerCertificate(IOptions<GatewayOptions> options, TimeProvider time, ILogger<ServerCertificate> logger)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _current = ServerIdentity.Read(_options.ServerCertificatePath, _options.ServerCertificateKeyPath);
        _readAt = time.GetTimestamp();
    }

    /// <summary>What is shown now. Whoever asks first after <see cref="GatewayOptions.ServerCertificateRefresh"/> reads the files.</summary>
    public ServerIdentity Current
    {
        get
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _readAt)) >= _options.ServerCertificateRefresh && _reading.TryEnter())
            {
                try
                {
                    // Also where it fails: the next handshake shows what there is.
                    Volatile.Write(ref _readAt, _time.GetTimestamp());
                    Reread();
                }
                finally
                {
                    _reading.Exit();
                }
            }

            return _current;
        }
    }

    private void Reread()
    {
        var fault = Renew();
        if (fault is not null && fault != _fault)
        {
            LogFault(fault, _current.EndsAt);
        }

        _fault = fault;
    }

    /// <summary>Takes what the files hold; says why not where that cannot be used.</summary>
    private string? Renew()
    {
        var known = _current;
        ServerIdentity? read = null;
        if (UnusableFileException.Of(() => read = ServerIdentity.Read(_options.ServerCertificatePath, _options.ServerCertificateKeyPath)) is { } fault)
        {
            return fault;
        }

        if (read!.Shows(known))
        {
            return null;
        }

        // One that is worse than what is shown would lock devices out; it is looked at again each time.
        if (!read.IsValid(_time.GetUtcNow()) && known.IsValid(_time.GetUtcNow()))
        {
            return $"Gateway:ServerCertificatePath: '{_options.ServerCertificatePath}' is valid from {read.BeginsAt:u} to {read.EndsAt:u}, and not now. Put a certificate there that is.";
        }

        _current = read;
        LogRenewed(read.Subject, read.EndsAt);
        if (read.Pin != known.Pin)
        {
            LogOtherKey(read.Pin);
        }

        return null;
    }

    [LoggerMessage(LogLevel.Information, "The certificate that the gateway shows has changed: {Subject}, until {EndsAt}")]
    private partial void LogRenewed(string subject, DateTimeOffset endsAt);

    [LoggerMessage(LogLevel.Warning, "It has another key, {Pin}: devices that were told to accept others alone (Fleet:GatewayPins) do not connect")]
    private partial void LogOtherKey(string pin);

    [LoggerMessage(LogLevel.Error, "{Fault} The certificate read before stays in use, until {EndsAt}")]
    private partial void LogFault(string fault, DateTimeOffset endsAt);
}
