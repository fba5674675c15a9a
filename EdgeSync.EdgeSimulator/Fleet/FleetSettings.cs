namespace EdgeSync.EdgeSimulator;

/// <summary>A fleet, or a worker's part of one.</summary>
/// <param name="Data">The data folder.</param>
/// <param name="First">The number of its first device.</param>
/// <param name="Count">How many devices.</param>
/// <param name="ControlPlane">The gateway's device port.</param>
/// <param name="Enrolment">The gateway's operator port, where devices enrol.</param>
/// <param name="EnrolmentSecret">What they enrol with.</param>
/// <param name="Rate">Moments a second and device, each a reading of every sensor.</param>
/// <param name="BatchReadingsMax">Most readings in an upload.</param>
/// <param name="SyncInterval">How often a device syncs.</param>
/// <param name="Replay">A recording in place of synthetic sensors; null for none.</param>
/// <param name="Faults">How bad the network is.</param>
/// <param name="PanelWritesPerMinute">Configuration writes on devices' own panels, for this part of the fleet.</param>
/// <param name="Misbehaving">How many devices, from the fleet's first on, flood the gateway.</param>
/// <param name="Seed">Sensors and faults are drawn from it.</param>
internal sealed record FleetSettings(
    string Data, int First, int Count, Uri ControlPlane, Uri Enrolment, string EnrolmentSecret, double Rate, int BatchReadingsMax, TimeSpan SyncInterval, string? Replay, FaultLevel Faults, double PanelWritesPerMinute, int Misbehaving, int Seed);
