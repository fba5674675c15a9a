using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>When a commit counts as kept.</summary>
public enum Durability
{
    /// <summary>When it is on the disk (<c>synchronous=FULL</c>): what the sensor was told is kept survives a power cut.</summary>
    Full,

    /// <summary>
    /// When SQLite has it (<c>synchronous=NORMAL</c>): a power cut may take back the last readings, but none that was uploaded,
    /// because one commit to the disk precedes each upload.
    /// </summary>
    Normal,

    /// <summary>
    /// When SQLite has handed it to the operating system (<c>synchronous=OFF</c>): the program may be killed at any time, but a power cut may take back anything and damage the file. For tests and simulations, where
    /// thousands of devices share a disk.
    /// </summary>
    Process,
}

/// <summary>What is done with readings when the device's file or disk is full and no acknowledged readings are left in it.</summary>
public enum WhenFull
{
    /// <summary>New ones are refused: <see cref="EdgeDevice.Append"/> throws <see cref="DeviceFullException"/>.</summary>
    RefuseNew,

    /// <summary>The oldest unsent ones are dropped, and declared as a gap with the reason <c>retention</c>.</summary>
    DropOldest,

    /// <summary>Of the oldest unsent ones one of <see cref="EdgeDeviceOptions.DownsampleKeepOneOf"/> is kept, the others are declared as gaps with the reason <c>downsampled</c>.</summary>
    Downsample,
}

/// <summary>How a device works. <see cref="Check"/> says what is wrong with a value and what to change.</summary>
public sealed record EdgeDeviceOptions
{
    /// <summary>Where a program's configuration keeps it.</summary>
    public const string SectionName = "EdgeSync:Device";

    /// <summary>The device's identity.</summary>
    public DeviceId Device { get; init; }

    /// <summary>The device's SQLite file; created when it is missing, with its directory.</summary>
    public string DatabasePath { get; init; } = "";

    /// <summary>The gateway's address, e.g. <c>https://gateway.example:8443</c>.</summary>
    public Uri? ControlPlane { get; init; }

    internal static readonly TimeSpan SyncIntervalMin = TimeSpan.FromMilliseconds(10);
    internal static readonly TimeSpan SyncIntervalMax = TimeSpan.FromDays(1);

    /// <summary>How often it syncs, unless the command <c>set-interval</c> has said otherwise; 10 ms to 1 day.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Readings in one upload, 1 to <see cref="Limits.BatchReadingsMax"/>.</summary>
    public int BatchReadingsMax { get; init; } = 200;

    /// <summary>
    /// Readings that may wait ahead of a new one, 0 to 1,000,000,000. When more do and telemetry flows again, new readings go to a stream of their own, sent in turn with the backlog; 0 keeps one stream.
    /// </summary>
    public int LivePendingMax { get; init; } = 5_000;

    /// <summary>The longest one attempt may take over an established connection; 100 ms to 10 min.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest connecting may take; a gateway that a whole fleet returns to needs its time. 100 ms to 10 min.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The bound of the first wait after a failure; it doubles with each. 1 ms to <see cref="BackoffMax"/>.</summary>
    public TimeSpan BackoffInitial { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait between attempts, unless the control plane asks for a longer one; up to 1 h.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When a reading counts as kept.</summary>
    public Durability Durability { get; init; } = Durability.Full;

    /// <summary>How long acknowledged readings stay on the device, for verification and repair; up to 10 years, 0 deletes them at once.</summary>
    public TimeSpan AcknowledgedRetention { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How large the file may become, in bytes, without its write-ahead log (about 4 MB more); 1 MiB to 1 TiB, null for no limit. An eighth of it is kept back for what is more important than readings.</summary>
    public long? DatabaseBytesMax { get; init; }

    /// <summary>What is done with readings when the file or the disk is full; docs/recovery.md.</summary>
    public WhenFull WhenFull { get; init; } = WhenFull.RefuseNew;

    /// <summary>Of so many readings <see cref="WhenFull.Downsample"/> keeps one; 2 to 1,000.</summary>
    public int DownsampleKeepOneOf { get; init; } = 10;

    /// <summary>Sensors whose readings are alarms: they find room when other readings find none, and are dropped last. Patterns of names, with <c>*</c> for any characters.</summary>
    public IReadOnlyList<string> AlarmSensors { get; init; } = [];

    /// <summary>
    /// Bytes of the disk kept back in a file beside the database and given up when the disk is full, so that the agent can go on; 0, or 64 KiB to 64 MiB.
    /// </summary>
    public int EmergencyReserveBytes { get; init; } = 512 * 1024;

    /// <summary>How often it says how it is; 1 s to 1 day.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often at most it asks for a durability receipt, when a stream was acknowledged in full; 1 min to 1 year. Null asks for none but at the end of a <c>resync</c>.</summary>
    public TimeSpan? ReceiptInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Lines kept in <c>sync_log</c>; 10 to 1,000,000.</summary>
    public int SyncLogRowsMax { get; init; } = 1000;

    /// <summary>Dead letters kept; the oldest beyond it are discarded, which is counted and recorded. 1 to 1,000,000.</summary>
    public int DeadLettersMax { get; init; } = 10_000;

    /// <summary>Whether it keeps an event stream open for commands; without one they come with the next acknowledgement.</summary>
    public bool EventStream { get; init; } = true;

    /// <summary>How long a command may run whose handler names no time of its own; 10 ms to 1 day.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Resolvers of concurrent configuration writes, by the names that the fleet's rules call them. Where one is missing, the device goes by its own value until the control plane has answered.
    /// </summary>
    public IReadOnlyDictionary<string, ConfigResolver> ConfigResolvers { get; init; } = new Dictionary<string, ConfigResolver>(StringComparer.Ordinal);

    /// <summary>The checks that the health conditions of configuration values name; a value that names another one is rejected.</summary>
    public IReadOnlyDictionary<string, ConfigCheck> ConfigChecks { get; init; } = new Dictionary<string, ConfigCheck>(StringComparer.Ordinal);

    /// <summary>How long a request under way may go on after the device was asked to stop; up to 5 min.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether HTTP/2 is asked for or insisted on; without TLS it must be <see cref="HttpVersionPolicy.RequestVersionExact"/> to be used.</summary>
    public HttpVersionPolicy HttpVersionPolicy { get; init; } = HttpVersionPolicy.RequestVersionOrLower;

    /// <summary>
    /// The folder that keeps the device's key and certificate, made when it is missing; readable by the device's program alone, and apart from the database, so that a restored database
    /// brings back no old certificate. Null: the program brings the certificate.
    /// </summary>
    public string? IdentityFolder { get; init; }

    /// <summary>PEM file with the fleet's root certificates: the only ones that the gateway, and statements of the fleet, are trusted by.</summary>
    public string? AuthoritiesPath { get; init; }

    /// <summary>The address of the gateway's operator port, where devices enrol, e.g. <c>https://gateway.example:8444</c>.</summary>
    public Uri? Enrolment { get; init; }

    /// <summary>The enrolment token's secret; used while the device has no certificate, and when its certificate is past renewal.</summary>
    public string? EnrolmentSecret { get; init; }

    /// <summary>The gateway's keys (<see cref="PinSet"/>) until the fleet has told the device its own; empty for any key whose certificate ends in the fleet's root.</summary>
    public IReadOnlyList<string> Pins { get; init; } = [];

    /// <summary>The device and where it connects to; no secret.</summary>
    public override string ToString() => $"{Device} at {ControlPlane}";

    /// <summary>What is wrong, a sentence each that says what to change; empty when all is well.</summary>
    public IReadOnlyList<string> Check()
    {
        var wrong = new List<string>();
        void Require(bool fits, string message)
        {
            if (!fits)
            {
                wrong.Add(message);
            }
        }

        void Between(string name, TimeSpan value, TimeSpan least, TimeSpan most) => Require(
            value >= least && value <= most, $"{name} is {value}; set it to a time from {least} to {most}.");

        Require(Device.Value != Guid.Empty, "Device is missing; set it to the device's UUID, e.g. 0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10.");
        Require(!string.IsNullOrWhiteSpace(DatabasePath), "DatabasePath is missing; set it to the path of the device's SQLite file, e.g. /var/lib/edgesync/device.db.");
        Require(
            ControlPlane is { IsAbsoluteUri: true } && ControlPlane.Scheme is "http" or "https",
            $"ControlPlane is '{ControlPlane}'; set it to the gateway's address, e.g. https://gateway.example:8443.");
        Require(BatchReadingsMax is >= 1 and <= Limits.BatchReadingsMax, $"BatchReadingsMax is {BatchReadingsMax}; set it to 1 to {Limits.BatchReadingsMax}.");
        Require(LivePendingMax is >= 0 and <= 1_000_000_000, $"LivePendingMax is {LivePendingMax}; set it to 0 to 1000000000.");
        Require(SyncLogRowsMax is >= 10 and <= 1_000_000, $"SyncLogRowsMax is {SyncLogRowsMax}; set it to 10 to 1000000.");
        Require(DeadLettersMax is >= 1 and <= 1_000_000, $"DeadLettersMax is {DeadLettersMax}; set it to 1 to 1000000.");
        Require(Enum.IsDefined(Durability), "Durability is not known; set it to Full or Normal.");
        Require(Enum.IsDefined(HttpVersionPolicy), "HttpVersionPolicy is not known; set it to RequestVersionOrLower or RequestVersionExact.");
        Between(nameof(SyncInterval), SyncInterval, SyncIntervalMin, SyncIntervalMax);
        Between(nameof(AttemptTimeout), AttemptTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Between(nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Between(nameof(BackoffMax), BackoffMax, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Between(nameof(BackoffInitial), BackoffInitial, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Require(BackoffInitial <= BackoffMax, $"BackoffInitial is {BackoffInitial} and BackoffMax {BackoffMax}; set BackoffInitial to BackoffMax or less.");
        Between(nameof(AcknowledgedRetention), AcknowledgedRetention, TimeSpan.Zero, TimeSpan.FromDays(3650));
        Between(nameof(HeartbeatInterval), HeartbeatInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Between(nameof(ReceiptInterval), ReceiptInterval ?? TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromDays(365));
        Between(nameof(CommandTimeout), CommandTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1));
        Between(nameof(StopTimeout), StopTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Require(DatabaseBytesMax is null or (>= 1024 * 1024 and <= 1L << 40), $"DatabaseBytesMax is {DatabaseBytesMax}; set it to 1048576 to {1L << 40}, or leave it out for no limit.");
        Require(Enum.IsDefined(WhenFull), "WhenFull is not known; set it to RefuseNew, DropOldest or Downsample.");
        Require(DownsampleKeepOneOf is >= 2 and <= 1_000, $"DownsampleKeepOneOf is {DownsampleKeepOneOf}; set it to 2 to 1000.");
        Require(EmergencyReserveBytes is 0 or (>= 64 * 1024 and <= 64 * 1024 * 1024), $"EmergencyReserveBytes is {EmergencyReserveBytes}; set it to 65536 to 67108864, or to 0 for none.");
        Require(AlarmSensors.All(pattern => !string.IsNullOrEmpty(pattern)), "AlarmSensors has an empty pattern; name sensors, with * for any characters.");
        foreach (var name in ConfigChecks.Keys)
        {
            Require(ConfigEntryRules.CheckHealth(new ConfigHealth(name, 1)) is null, $"ConfigChecks has '{name}'; name a check by 1 to {Limits.ConfigKeyBytesMax} letters, digits, '.', '-' and '_'.");
        }

        CheckIdentity(Require);
        return wrong;
    }

    private void CheckIdentity(Action<bool, string> require)
    {
        var managed = IdentityFolder is not null;
        require(!managed || !string.IsNullOrWhiteSpace(IdentityFolder), "IdentityFolder is empty; set it to a folder, e.g. /var/lib/edgesync/identity, or leave it out.");
        require(!managed || !string.IsNullOrWhiteSpace(AuthoritiesPath), "AuthoritiesPath is missing, which IdentityFolder needs; set it to a PEM file with the fleet's root certificates.");
        require(!managed || ControlPlane is null || ControlPlane.Scheme == Uri.UriSchemeHttps, $"ControlPlane is '{ControlPlane}', and a device with IdentityFolder connects by https; set it to an https address.");
        require(
            Enrolment is null || (Enrolment.IsAbsoluteUri && Enrolment.Scheme == Uri.UriSchemeHttps),
            $"Enrolment is '{Enrolment}'; set it to the address of the gateway's operator port, e.g. https://gateway.example:8444.");
        require(EnrolmentSecret is null || Enrolment is not null, "EnrolmentSecret is set without Enrolment; set both.");
        require(managed || Enrolment is null, "Enrolment is set without IdentityFolder; set IdentityFolder too, or leave Enrolment out.");
        require(managed || Pins.Count == 0, "Pins are set without IdentityFolder; set IdentityFolder too, or leave Pins out.");
        require(Pins.Count == 0 || PinDecision.CheckForm(Pins) is null, $"Pins are not right: {PinDecision.CheckForm(Pins)}");
    }
}
