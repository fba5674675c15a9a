using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.ServiceDefaults;

/// <summary>The gateway's public keys, fetched from where the configuration says, kept while they cannot be fetched again.</summary>
internal sealed partial class FetchedTokenKeys(IHttpClientFactory http, IOptions<DeviceTokenOptions> options, TimeProvider time, ILogger<FetchedTokenKeys> logger)
    : IDeviceTokenKeys, IDisposable
{
    public const string ClientName = "token-keys";

    // A stranger's token may name any key: it must not make us ask more often than this.
    private static readonly TimeSpan FetchIntervalMin = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _fetching = new(1, 1);
    private volatile KeySet? _keys;
    private long _triedAt = -1;

    public async ValueTask<IReadOnlyCollection<SecurityKey>?> GetAsync(string? keyId, CancellationToken ct)
    {
        var known = _keys;
        if (known is null || !known.Ids.Contains(keyId ?? ""))
        {
            await FetchAsync(ct);
            return _keys?.Keys;
        }

        if (time.GetElapsedTime(known.FetchedAt) >= options.Value.KeySetRefresh)
        {
            // Those known serve meanwhile: a gateway that is away must not hold up who has a good token.
            _ = FetchAsync(CancellationToken.None);
        }

        return known.Keys;
    }

    public void Dispose() => _fetching.Dispose();

    private async Task FetchAsync(CancellationToken ct)
    {
        await _fetching.WaitAsync(ct);
        try
        {
            if (_triedAt < 0 || time.GetElapsedTime(_triedAt) >= FetchIntervalMin)
            {
                await ReadAsync(ct);
                _triedAt = time.GetTimestamp();
            }
        }
        finally
        {
            _fetching.Release();
        }
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        var source = options.Value.KeySet;
        try
        {
            var text = Uri.TryCreate(source, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? await http.CreateClient(ClientName).GetStringAsync(address, ct)
                : await File.ReadAllTextAsync(source, ct);
            var keys = new JsonWebKeySet(text).GetSigningKeys();
            _keys = new KeySet([.. keys], [.. keys.Select(key => key.KeyId ?? "")], time.GetTimestamp());
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or ArgumentException or Polly.ExecutionRejectedException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            LogFailed(source, e.Message);
        }
    }

    private sealed record KeySet(IReadOnlyCollection<SecurityKey> Keys, HashSet<string> Ids, long FetchedAt);

    [LoggerMessage(LogLevel.Warning, "The keys that tokens are signed with cannot be read from {Source}: {Reason} Those known before stay in use")]
    private partial void LogFailed(string source, string reason);
}
