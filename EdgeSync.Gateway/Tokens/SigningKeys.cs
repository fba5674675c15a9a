using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.Gateway;

/// <summary>The gateway's keys, from a folder that is read again while the gateway runs. A change that cannot be used is logged, and the keys before it stay.</summary>
internal sealed partial class SigningKeys : IDeviceTokenKeys
{
    private static readonly TimeSpan RereadInterval = TimeSpan.FromSeconds(10);

    private readonly TokenOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RereadFiles _files;
    private volatile KeySet _keys;

    public SigningKeys(IOptions<TokenOptions> options, TimeProvider time, ILogger<SigningKeys> logger)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _keys = new KeySet(SigningKeyFolder.Read(_options.SigningKeysPath));
        _files = new RereadFiles(RereadInterval, time, Reread, LogFault);
    }

    /// <summary>By name: those that sign now, will sign, and have signed.</summary>
    public IReadOnlyList<SigningKey> All => Current().Keys;

    /// <summary>What signs now.</summary>
    public SigningCredentials Signing =>
        new(SigningKey.Choose(All, _time.GetUtcNow(), _options.KeyActivation).Private, SecurityAlgorithms.EcdsaSha256);

    public ValueTask<IReadOnlyCollection<SecurityKey>?> GetAsync(string? keyId, CancellationToken ct) => new(Current().Public);

    private KeySet Current()
    {
        _files.WhenDue();
        return _keys;
    }

    private void Reread()
    {
        var known = _keys.Keys;
        var files = SigningKeyFolder.List(_options.SigningKeysPath);
        if (files.SequenceEqual(known.Select(key => key.File)))
        {
            return;
        }

        // A file's own time may be long past when it comes here; services see the key from now on.
        var now = _time.GetUtcNow();
        _keys = new KeySet([.. files.Select(file => known.FirstOrDefault(key => key.File == file) ?? SigningKeyFolder.Read(file, now))]);
        LogRead(string.Join(", ", files.Select(file => file.Name)));
    }

    private sealed record KeySet(IReadOnlyList<SigningKey> Keys)
    {
        public IReadOnlyCollection<SecurityKey> Public { get; } = [.. Keys.Select(key => key.Public)];
    }

    [LoggerMessage(LogLevel.Information, "The keys that sign devices' tokens have changed; by name: {Ids}")]
    private partial void LogRead(string ids);

    [LoggerMessage(LogLevel.Error, "{Fault} The keys read before stay in use")]
    private partial void LogFault(string fault);
}
