namespace EdgeSync.Protocol;

/// <summary>How a device's sync stands, as the control plane sees it.</summary>
/// <param name="Device">The device.</param>
/// <param name="Streams">Its streams, newest first.</param>
/// <param name="LastSeenAt">Its last batch or heartbeat, by the control plane's clock, microseconds since 1970; null if never.</param>
/// <param name="ClockOffsetMicroseconds">The device's clock minus the control plane's at that moment; network delay included.</param>
/// <param name="Boot">The newest run seen.</param>
/// <param name="Heartbeat">The last heartbeat; null if never. While the device is silent it tells how the device stood then.</param>
/// <param name="SilentSince">When the last thing came from a device that should have said something since: nothing gets through, and why is not known. Null while it is heard.</param>
public sealed record DeviceSyncStatus(
    DeviceId Device,
    IReadOnlyList<StreamStatus> Streams,
    long? LastSeenAt = null,
    long? ClockOffsetMicroseconds = null,
    Boot? Boot = null,
    Heartbeat? Heartbeat = null,
    long? SilentSince = null);

/// <summary>A stream's ledger in the control plane: <c>Watermark = Stored + Refused + Gaps + Expired</c>.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Watermark">Every number up to it is accounted for.</param>
/// <param name="Digest">D(Watermark).</param>
/// <param name="Stored">Readings stored, those since expired included.</param>
/// <param name="Refused">Readings refused.</param>
/// <param name="Gaps">Numbers that declared gaps cover.</param>
/// <param name="Expired">Stored readings that retention has deleted since.</param>
/// <param name="OpenedAt">Its first batch, microseconds since 1970.</param>
/// <param name="UpdatedAt">Its last batch, microseconds since 1970.</param>
/// <param name="Floor">Readings up to it have expired.</param>
/// <param name="VerifiedAt">When the control plane last recomputed all of it from its rows, microseconds since 1970; absent when it never has.</param>
/// <param name="Damaged">Where that found damage that is not mended yet; absent for none.</param>
/// <param name="DamageFoundAt">When, microseconds since 1970.</param>
/// <param name="ReceiptTo">Up to which number its newest durability receipt was signed; absent for none. The receipt itself is the device's.</param>
/// <param name="ReceiptAt">When, microseconds since 1970.</param>
public sealed record StreamStatus(
    Epoch Epoch,
    long Watermark,
    Digest Digest,
    long Stored,
    long Refused,
    long Gaps,
    long Expired,
    long OpenedAt,
    long UpdatedAt,
    long Floor = 0,
    long? VerifiedAt = null,
    NumberRange? Damaged = null,
    long? DamageFoundAt = null,
    long? ReceiptTo = null,
    long? ReceiptAt = null);
