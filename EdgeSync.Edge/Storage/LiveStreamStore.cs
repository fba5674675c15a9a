using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The stream that new readings go to.</summary>
internal sealed class LiveStreamStore(DeviceDatabase database, DeviceId device)
{
    /// <summary>Begins a new live stream beside the present one, which drains, if <see cref="LiveStreamDecision"/> says so.</summary>
    /// <returns>The new one; null when the present one stays.</returns>
    public Epoch? BeginAnew(int pendingMax, Entropy entropy, long now)
    {
        // Asked after every acknowledgement of a stream that has more: only what changes something is a transaction. Sensors may add to what waits meanwhile, and nobody else changes it.
        var (pending, open) = database.Read(() => (
            database.Statement("SELECT head - acked FROM streams WHERE epoch = (SELECT live_epoch FROM device_state)").Number()!.Value,
            database.Statement("SELECT COUNT(*) FROM streams WHERE head > acked").Number()!.Value));
        return LiveStreamDecision.BeginsAnew(pending, pendingMax, (int)open) ? Begin(entropy.DrawEpoch(), pending, now) : null;
    }

    private Epoch Begin(Epoch epoch, long pending, long now) => database.Write(() =>
    {
        database.Statement(
            """
            INSERT INTO streams (epoch, ordinal, head, head_digest, acked, acked_digest, retained_after_digest, opened_at, reason)
            VALUES (?1, (SELECT MAX(ordinal) + 1 FROM streams), 0, ?2, 0, ?2, ?2, ?3, ?4)
            """).Execute(epoch.Value, DigestChain.Origin(device, epoch).ToArray(), now, FormattableString.Invariant($"{pending} readings waited before it"));
        database.Statement("UPDATE device_state SET live_epoch = ?1").Execute(epoch.Value);
        database.Forget();
        return epoch;
    });
}
