using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Asks for durability receipts when a stream has been acknowledged in full, now and then, and keeps those that say what the device knows.</summary>
internal sealed class ReceiptSync
{
    private readonly ControlPlaneClient _client;
    private readonly KeptReceiptStore _store;
    private readonly StreamStore _streams;
    private readonly X509Certificate2Collection _roots;
    private readonly EdgeDeviceOptions _options;
    private readonly SyncLogStore _syncLog;
    private readonly TimeProvider _time;
    private readonly long _openedAt;
    private TimeSpan _dueAt;

    public ReceiptSync(
        ControlPlaneClient client, KeptReceiptStore store, StreamStore streams, X509Certificate2Collection roots, EdgeDeviceOptions options, SyncLogStore syncLog, TimeProvider time)
    {
        (_client, _store, _streams, _roots, _options, _syncLog, _time) = (client, store, streams, roots, options, syncLog, time);
        _openedAt = time.GetTimestamp();
        // A program that starts often asks no more often for it. A clock that jumped makes it at most one more, or one interval less.
        var age = store.NewestAt() is { } at ? TimeSpan.FromMicroseconds(time.GetMicroseconds() - at) : TimeSpan.MaxValue;
        _dueAt = options.ReceiptInterval is { } interval && age >= TimeSpan.Zero && age < interval ? interval - age : TimeSpan.Zero;
    }

    private TimeSpan Now => _time.GetElapsedTime(_openedAt);

    /// <summary>Asks if it is time and there is something new to be said.</summary>
    /// <returns>How it went; null when nothing was asked.</returns>
    public async Task<AttemptOutcome?> AskDueAsync(CancellationToken ct)
    {
        if (_options.ReceiptInterval is not { } interval || Now < _dueAt)
        {
            return null;
        }

        foreach (var stream in _streams.ReadKept())
        {
            if (stream is { Pending: 0, Acked: > 0 } && _store.NewestTo(stream.Epoch) < stream.Acked)
            {
                var outcome = await AskAsync(stream.Epoch, ct);
                // Whatever it was told, it does not ask on and on; only what did not get there is tried again by the lane.
                _dueAt = outcome is { Category: ProblemCategory.Network or ProblemCategory.Resource or ProblemCategory.Authentication } ? _dueAt : Now + interval;
                return outcome is { Category: ProblemCategory.Data } ? null : outcome;
            }
        }

        return null;
    }

    /// <summary>Asks for one stream's.</summary>
    /// <returns>How it went; null for a stream of which nothing was acknowledged.</returns>
    public async Task<AttemptOutcome?> AskAsync(Epoch epoch, CancellationToken ct)
    {
        if (_streams.Read(epoch).Acked == 0)
        {
            return null;
        }

        var attempt = await _client.AskReceiptAsync(new DurabilityQuery(epoch), ct);
        if (attempt.Answer is not { } answer)
        {
            return attempt.Outcome;
        }

        var receipt = Read(answer.Statement);
        if (receipt is null || receipt.Device != _options.Device || receipt.Epoch != epoch || !_streams.Matches(epoch, receipt.To, receipt.Digest))
        {
            _syncLog.Write("verification", "receipt-refused", receipt is null ? "It is not signed by this device's fleet." : $"It says {receipt.Digest} at {receipt.To} of stream {receipt.Epoch}, which is not this device's.");
            return AttemptOutcome.Unreadable("The receipt is not one of this device's fleet and stream.");
        }

        _store.Keep(receipt, answer.Statement, _time.GetMicroseconds());
        return attempt.Outcome;
    }

    // A device whose program gave no roots has nothing to check the signature by; its own digest it checks all the same.
    private DurabilityReceipt? Read(string statement) => _roots.Count > 0 ? DurabilityReceipt.Read(statement, _roots) : ReadUnchecked(statement);

    private static DurabilityReceipt? ReadUnchecked(string statement)
    {
        try
        {
            return JsonSerializer.Deserialize(Base64Url.DecodeFromChars(statement.Split('.') is [_, var payload, _] ? payload : ""), ProtocolJson.Default.DurabilityReceipt);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }
}
