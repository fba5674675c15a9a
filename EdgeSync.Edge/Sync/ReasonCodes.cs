using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Why a device is not syncing, beside the problem codes of docs/protocol.md.</summary>
public static class ReasonCodes
{
    /// <summary>It is.</summary>
    public const string Ok = Heartbeat.ReasonOk;

    /// <summary>The control plane cannot be reached: no network, or nobody there.</summary>
    public const string Offline = "offline-unreachable";

    /// <summary>The control plane's name leads to no address: no name service, or a wrong name.</summary>
    public const string NameUnresolved = "name-unresolved";

    /// <summary>The connection broke during an exchange; whether it took effect is not known.</summary>
    public const string ConnectionLost = "connection-lost";

    /// <summary>The control plane ended the event stream.</summary>
    public const string StreamEnded = "stream-ended";

    /// <summary>No answer in time.</summary>
    public const string Timeout = "timeout";

    /// <summary>No secure connection: who answers speaks no TLS, or another version.</summary>
    public const string Tls = "tls";

    /// <summary>The gateway's certificate does not end in a root of the fleet, is not for its name, or is outside its time; nothing was sent to it.</summary>
    public const string ServerUntrusted = "server-untrusted";

    /// <summary>The gateway shows a key that is not among the device's pins; nothing was sent to it.</summary>
    public const string PinMismatch = "pin-mismatch";

    /// <summary>The device has no certificate, and no secret to enrol with.</summary>
    public const string NotEnrolled = "not-enrolled";

    /// <summary>The answer is not the protocol's: something between device and control plane answered instead.</summary>
    public const string UnreadableAnswer = "unreadable-answer";

    /// <summary>The control plane acknowledged a history that could not be reconciled yet.</summary>
    public const string HistoryDiffers = "history-differs";

    /// <summary>An operator has paused telemetry; everything else goes on.</summary>
    public const string Paused = Heartbeat.ReasonPaused;

    /// <summary>The device's file has no room, by its own limit or because the disk is full.</summary>
    public const string DiskFull = "disk-full";

    /// <summary>Another program holds the device's file.</summary>
    public const string DatabaseBusy = "database-busy";

    /// <summary>The device's file is damaged; what can be read of it goes on in a new one.</summary>
    public const string DatabaseCorrupt = "database-corrupt";

    /// <summary>The device's own files could not be read or written for another reason: an error of the disk, or rights.</summary>
    public const string DeviceStorage = "device-storage";
}
