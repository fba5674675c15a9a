using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>
/// The list of who may not enter, as statements: read again when its version has changed, signed again at most once a second, so that any number of gateways learn how fresh it is for
/// one row read and now and then a signature.
/// </summary>
internal sealed partial class RevocationStatements(RevocationStore store, FleetAuthority authority, TimeProvider time, ILogger<RevocationStatements> log) : IDisposable
{
    private static readonly TimeSpan SignInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private RevocationList? _list;
    private long? _behindAt;
    private Signed? _whole;
    private Signed? _unchanged;

    /// <summary>The whole list, or its version alone for who knows it already; null when there is none to be had, which was logged.</summary>
    public async Task<string?> GetAsync(long? known, CancellationToken ct)
    {
        // One at a time: an answer never tells of an older version than one before it.
        await _turn.WaitAsync(ct);
        try
        {
            var version = await store.VersionAsync(ct);
            if (known > version && _behindAt != version)
            {
                _behindAt = version;
                LogBehind(log, known.Value, version);
            }

            if (_list?.Version != version)
            {
                (_list, _whole, _unchanged) = (await store.ReadAsync(time.GetMicroseconds(), ct), null, null);
            }

            if (_list is not { } list)
            {
                LogTooMany(log, RevocationStore.EntriesMax);
                return null;
            }

            return known == list.Version
                ? (_unchanged = Refresh(_unchanged, new RevocationList(list.Version)))?.Statement
                : (_whole = Refresh(_whole, list))?.Statement;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private Signed? Refresh(Signed? signed, RevocationList list)
    {
        if (signed is not null && time.GetElapsedTime(signed.At) < SignInterval)
        {
            return signed;
        }

        var payload = signed?.Payload ?? JsonSerializer.SerializeToUtf8Bytes(list, ProtocolJson.Default.RevocationList);
        if (authority.Sign(RevocationList.StatementType, payload) is { } statement)
        {
            return new Signed(payload, statement, time.GetTimestamp());
        }

        LogUnsigned(log);
        return null;
    }

    private sealed record Signed(byte[] Payload, string Statement, long At);

    [LoggerMessage(Level = LogLevel.Error, Message = "A gateway knows version {Known} of who may not enter, the database is at {Version}: it was restored, and later changes are lost. Repeat them; until the next one gateways take no list, and let nobody in before long")]
    private static partial void LogBehind(ILogger log, long known, long version);

    [LoggerMessage(Level = LogLevel.Error, Message = "More than {Most} devices or certificates are refused, which no list holds: gateways are told nothing, and let nobody in before long. Delete devices that are gone, or replace the issuing CA")]
    private static partial void LogTooMany(ILogger log, int most);

    [LoggerMessage(Level = LogLevel.Error, Message = "The time of the fleet's issuing CA is over: nothing can be signed, and gateways let nobody in before long. Set another one")]
    private static partial void LogUnsigned(ILogger log);
}
