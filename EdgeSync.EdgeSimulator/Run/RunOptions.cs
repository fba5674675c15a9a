namespace EdgeSync.EdgeSimulator;

/// <summary>What the verb <c>run</c> was asked for; the defaults are those of its options.</summary>
internal sealed record RunOptions
{
    /// <summary>Above it the control plane and the fleet get processes of their own: a process may have 20,000 file descriptors or fewer.</summary>
    public const int InProcessDevicesMax = 2_000;

    public const int DevicesPerWorker = 2_500;

    private const int DrainedInAMinute = 3_000;
    private static readonly TimeSpan DrainUsual = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan DrainOfADevice = TimeSpan.FromMilliseconds(20);

    public int Devices { get; init; } = 100;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Null: by size.</summary>
    public TimeSpan? DrainGiven { get; init; }

    public double Rate { get; init; } = 1;

    public int Batch { get; init; } = 200;

    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(5);

    public string? Replay { get; init; }

    /// <summary>The device and operator addresses of a control plane that runs elsewhere; null for an embedded one.</summary>
    public (Uri Device, Uri Operator)? ControlPlane { get; init; }

    /// <summary>The database of the control plane.</summary>
    public DatabaseChoice Database { get; init; } = DatabaseChoice.Sqlite;

    public int CommandsPerMinute { get; init; } = 60;

    public int ConfigWritesPerMinute { get; init; }

    public FaultLevel Faults { get; init; }

    /// <summary>How long devices' certificates are valid; null for the default of Commands.</summary>
    public TimeSpan? CertificateLifetime { get; init; }

    /// <summary>Devices that flood the gateway beside their work.</summary>
    public int Misbehaving { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Null: by size.</summary>
    public int? Workers { get; init; }

    public string? Report { get; init; }

    /// <summary>Where the report with charts goes; null for none.</summary>
    public string? Html { get; init; }

    public bool Live { get; init; } = true;

    /// <summary>The longest the drain may take: a minute, and for more than 3,000 devices 20 ms for each.</summary>
    public TimeSpan Drain => DrainGiven ?? (Devices > DrainedInAMinute ? DrainOfADevice * Devices : DrainUsual);

    /// <summary>Processes that carry the fleet; 0 for this one.</summary>
    public int WorkerCount => Workers
        ?? (Devices > InProcessDevicesMax ? (Devices + DevicesPerWorker - 1) / DevicesPerWorker
        : Faults == FaultLevel.Hostile ? 2
        : 0);

    public bool ServicesApart => Devices > InProcessDevicesMax || Faults == FaultLevel.Hostile;
}
