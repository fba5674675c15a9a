using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>The fleet's word: certificates for devices, where the issuing CA is here, and statements that everyone who trusts the fleet's root can check.</summary>
internal sealed partial class FleetAuthority : IDisposable
{
    private readonly FleetOptions _options;
    private readonly FleetFiles _files;
    private readonly TimeProvider _time;
    private readonly CertificateIssuer? _issuer;
    private readonly Lock _lock = new();
    private KeyedChain? _made;

    public FleetAuthority(IOptions<FleetOptions> options, TimeProvider time, ILogger<FleetAuthority> log)
    {
        var errors = new List<string>();
        (_options, _time) = (options.Value, time);
        _files = FleetFiles.Load(_options, time.GetUtcNow(), errors);
        if (errors.Count > 0)
        {
            // The files have changed since they were validated.
            throw new OptionsValidationException(FleetOptions.Section, typeof(FleetOptions), errors);
        }

        _issuer = _files.Issuing is { } issuing ? new CertificateIssuer(issuing, _options.CertificateLifetime) : null;
        if (_files.Issuing is { Certificate.NotAfter: var end } && end.ToUniversalTime() < (time.GetUtcNow() + _options.CertificateLifetime).UtcDateTime)
        {
            LogShort(log, end.ToUniversalTime());
        }
    }

    /// <summary>Issues certificates; null where the issuing CA is elsewhere.</summary>
    public CertificateIssuer? Issuer => _issuer;

    /// <summary>Signs a statement; null when the issuing CA's time is over and nobody can sign.</summary>
    public string? Sign(string type, ReadOnlySpan<byte> payload) =>
        Signer() is { } signer ? FleetStatement.Sign(type, payload, signer.Certificate, signer.Intermediates, _time.GetUtcNow()) : null;

    /// <summary>A configuration value as the fleet's statement; null as above.</summary>
    public string? Sign(SignedConfig config) => Sign(SignedConfig.StatementType, JsonSerializer.SerializeToUtf8Bytes(config, ProtocolJson.Default.SignedConfig));

    /// <summary>The configured pins for every device; null where none are configured.</summary>
    public string? SignPins() => _options.GatewayPins.Count == 0 ? null
        : Sign(new SignedConfig(null, PinSet.ConfigKey, new JsonValue(JsonSerializer.Serialize(new PinSet(_options.GatewayPins), ProtocolJson.Default.PinSet))));

    public void Dispose()
    {
        _made?.Certificate.Dispose();
        _files.Dispose();
    }

    private KeyedChain? Signer()
    {
        if (_files.Signer is { } given)
        {
            return given;
        }

        lock (_lock)
        {
            // A new one at half its time, so that none is used at its very end. One that is still in use somewhere is left to the collector.
            if (_made is not { } made || IsHalfOver(made.Certificate))
            {
                _made = _issuer!.MakeSigner(_time.GetUtcNow());
            }

            return _made;
        }
    }

    private bool IsHalfOver(X509Certificate2 certificate)
    {
        var (from, until) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        return _time.GetUtcNow().UtcDateTime > from + ((until - from) / 2);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The fleet's issuing CA ends at {End:O}, before a certificate issued now would: certificates are shorter, and then none. Set another one")]
    private static partial void LogShort(ILogger log, DateTime end);
}
