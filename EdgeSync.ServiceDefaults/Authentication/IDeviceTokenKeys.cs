using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.ServiceDefaults;

/// <summary>The public keys that tokens are signed with: the gateway has its own, services fetch them.</summary>
public interface IDeviceTokenKeys
{
    /// <summary>The keys to check a token with.</summary>
    /// <param name="keyId">The key that the token names: where it is not known, a fetched set is fetched again, at most every few seconds.</param>
    /// <param name="ct">Ends waiting for them.</param>
    /// <returns>The keys; null when there are none yet, which is no fault of the token.</returns>
    ValueTask<IReadOnlyCollection<SecurityKey>?> GetAsync(string? keyId, CancellationToken ct);
}
