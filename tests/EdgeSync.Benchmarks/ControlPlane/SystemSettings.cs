namespace EdgeSync.Benchmarks;

/// <summary>How large a run is.</summary>
internal sealed record SystemSettings
{
    public int Devices { get; init; } = 2_000;

    public int Repetitions { get; init; } = 3;

    public int InFlight { get; init; } = 800;

    /// <summary>Devices with mutual TLS, a connection each.</summary>
    public int Connections { get; init; } = 256;

    /// <summary>The most instances of ingest behind a gateway; one is measured besides.</summary>
    public int Instances { get; init; } = 2;

    /// <summary>Ways whose name has this in it, and direct unnest, which they are compared with; empty for all.</summary>
    public string Only { get; init; } = "";

    /// <summary>Whether the peer is measured beside it.</summary>
    public bool Peer { get; init; }

    /// <summary>Whether the peer's broker is killed at the end.</summary>
    public bool PeerKill { get; init; }

    /// <summary>Of one measurement; slower ones take a part of it.</summary>
    public int Readings { get; init; } = 600_000;

    /// <summary>Whether a way is measured.</summary>
    public bool Wants(string way) => way.Contains(Only, StringComparison.OrdinalIgnoreCase);
}
