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
    private readonly RereadFiles _files;
    private volatile ServerIdentity _current;

    public ServerCertificate(IOptions<GatewayOptions> options, TimeProvider time, ILogger<ServerCertificate> logger)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _current = ServerIdentity.Read(_options.ServerCertificatePath, _options.ServerCertificateKeyPath);
        _files = new RereadFiles(_options.ServerCertificateRefresh, time, Renew, fault => LogFault(fault, _current.EndsAt));
    }

    /// <summary>What is shown now. Whoever asks first after <see cref="GatewayOptions.ServerCertificateRefresh"/> reads the files.</summary>
    public ServerIdentity Current
    {
        get
        {
            _files.WhenDue();
            return _current;
        }
    }

    private void Renew()
    {
        var known = _current;
        var read = ServerIdentity.Read(_options.ServerCertificatePath, _options.ServerCertificateKeyPath);
        if (read.Shows(known))
        {
            return;
        }

        // One that is worse than what is shown would lock devices out; it is looked at again each time.
        if (!read.IsValid(_time.GetUtcNow()) && known.IsValid(_time.GetUtcNow()))
        {
            throw new UnusableFileException($"Gateway:ServerCertificatePath: '{_options.ServerCertificatePath}' is valid from {read.BeginsAt:u} to {read.EndsAt:u}, and not now. Put a certificate there that is.");
        }

        _current = read;
        LogRenewed(read.Subject, read.EndsAt);
        if (read.Pin != known.Pin)
        {
            LogOtherKey(read.Pin);
        }
    }

    [LoggerMessage(LogLevel.Information, "The certificate that the gateway shows has changed: {Subject}, until {EndsAt}")]
    private partial void LogRenewed(string subject, DateTimeOffset endsAt);

    [LoggerMessage(LogLevel.Warning, "It has another key, {Pin}: devices that were told to accept others alone (Fleet:GatewayPins) do not connect")]
    private partial void LogOtherKey(string pin);

    [LoggerMessage(LogLevel.Error, "{Fault} The certificate read before stays in use, until {EndsAt}")]
    private partial void LogFault(string fault, DateTimeOffset endsAt);
}
