using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Who may not enter, asked with every request: two or three lookups in what is never changed but replaced.</summary>
internal sealed class RevocationRegister(IOptions<RevocationOptions> options, TimeProvider time)
{
    private const int RetrySecondsMin = 5;
    private const int RetrySecondsSpread = 5;

    private volatile RevocationSnapshot? _list;
    private volatile CrlSet _crls = CrlSet.None;

    /// <summary>The fleet's own list; null before the first.</summary>
    public RevocationSnapshot? List
    {
        get => _list;
        set => _list = value;
    }

    /// <summary>The lists of the operator's CA.</summary>
    public CrlSet Crls
    {
        get => _crls;
        set => _crls = value;
    }

    /// <summary>Whether it has been too long since Commands was heard.</summary>
    public bool IsStale => _list is not { } list || time.GetUtcNow() - list.FreshAt > options.Value.StaleAfter;

    /// <summary>Why a device may not enter; null when it may. Where that is not known: later.</summary>
    /// <param name="certificate">Names a device.</param>
    public ProblemResult? Refuse(DeviceCertificate certificate) => IsStale
        ? ProblemTypes.RevocationsStale.With("The gateway has not heard lately who may not enter. Send the same again after Retry-After.").ToResult(RetryAfter(certificate))
        : RefuseKnown(certificate)?.ToResult();

    /// <summary>Why a device is refused for good; null when it is not, as far as is known.</summary>
    public Problem? RefuseKnown(DeviceCertificate certificate) =>
        _list?.Refuse(certificate) ?? (_crls.Contains(certificate.Serials) ? RevocationSnapshot.Revoked : null);

    // So that a fleet that is refused together does not return together.
    private static TimeSpan RetryAfter(DeviceCertificate certificate) =>
        TimeSpan.FromSeconds(RetrySecondsMin + (uint)certificate.Device.GetHashCode() % RetrySecondsSpread);
}
