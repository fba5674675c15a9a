namespace EdgeSync.Edge;

/// <summary>Why a device is not syncing, beside the problem codes of docs/protocol.md.</summary>
public static class ReasonCodes
{
    /// <summary>It is.</summary>
    public const string Ok = "ok";

    /// <summary>The control plane cannot be reached: no network, no name, nobody there.</summary>
    public const string Offline = "offline-unreachable";

    /// <summary>The connection broke during an exchange; whether it took effect is not known.</summary>
    public const string ConnectionLost = "connection-lost";

    /// <summary>The control plane ended the event stream.</summary>
    public const string StreamEnded = "stream-ended";

    /// <summary>No answer in time.</summary>
    public const string Timeout = "timeout";

    /// <summary>No secure connection: certificates, names or versions of TLS do not fit.</summary>
    public const string Tls = "tls";

    /// <summary>The gateway shows a key that is not among the device's pins; nothing was sent to it.</summary>
    public const string PinMismatch = "pin-mismatch";

    /// <summary>The device has no certificate, and no secret to enrol with.</summary>
    public const string NotEnrolled = "not-enrolled";

    /// <summary>The answer is not the protocol's: something between device and control plane answered instead.</summary>
    public const string UnreadableAnswer = "unreadable-answer";

    /// <summary>The control plane acknowledged a history that could not be reconciled yet.</summary>
    public const string HistoryDiffers = "history-differs";

    /// <summary>An operator has paused telemetry; everything else goes on.</summary>
    public const string Paused = "paused";

    /// <summary>The device's own file could not be read or written: disk full, busy or damaged.</summary>
    public const string DeviceStorage = "device-storage";
}
