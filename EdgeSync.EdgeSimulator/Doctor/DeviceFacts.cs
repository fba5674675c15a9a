namespace EdgeSync.EdgeSimulator;

/// <summary>What a device's folder says of it. Times are microseconds since 1970, by the device's clock.</summary>
/// <param name="Device">Its id.</param>
/// <param name="SchemaVersion">The version of its file.</param>
/// <param name="Check">What SQLite finds wrong in the file; <c>ok</c> for nothing.</param>
/// <param name="DatabaseBytes">Size of the file and its log.</param>
/// <param name="FreeBytes">Room on its disk.</param>
/// <param name="Pending">Entries that are not acknowledged.</param>
/// <param name="OldestPendingAt">When the oldest of them was recorded; null for none.</param>
/// <param name="DeadLetters">Readings set aside.</param>
/// <param name="Salvages">How often the file was found damaged.</param>
/// <param name="NewestAt">The newest time in its log; null for none.</param>
/// <param name="Events">Of each kind of exchange the newest line in its log that says whether it works.</param>
/// <param name="CertificateNotAfter">When its certificate ends; null when there is none.</param>
internal sealed record DeviceFacts(
    string Device,
    long SchemaVersion,
    string Check,
    long DatabaseBytes,
    long FreeBytes,
    long Pending,
    long? OldestPendingAt,
    long DeadLetters,
    long Salvages,
    long? NewestAt,
    IReadOnlyList<DeviceEvent> Events,
    DateTimeOffset? CertificateNotAfter);

/// <summary>A line of a device's <c>sync_log</c>.</summary>
internal sealed record DeviceEvent(string Area, string Event, string Detail, long At);
