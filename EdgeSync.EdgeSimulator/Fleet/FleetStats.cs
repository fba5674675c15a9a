namespace EdgeSync.EdgeSimulator;

/// <summary>What a fleet has done so far; for the live view and the report's counters, never for the verdict.</summary>
/// <param name="Devices">Devices in it.</param>
/// <param name="Connected">Those that the control plane has answered.</param>
/// <param name="Produced">Readings given to devices.</param>
/// <param name="Pending">Readings not yet acknowledged by the control plane.</param>
/// <param name="Batches">Batches sent.</param>
/// <param name="ResentBatches">Batches that began with a number sent before.</param>
/// <param name="CommandsRun">Commands that ran.</param>
/// <param name="Renewals">Certificates that were renewed.</param>
/// <param name="Faults">Faults that the network made.</param>
/// <param name="Errors">Failed attempts by category.</param>
internal sealed record FleetStats(
    int Devices, int Connected, long Produced, long Pending, long Batches, long ResentBatches, long CommandsRun, long Renewals, long Faults, Dictionary<string, long> Errors)
{
    public static FleetStats None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0, []);

    public static FleetStats operator +(FleetStats left, FleetStats right) => new(
        left.Devices + right.Devices,
        left.Connected + right.Connected,
        left.Produced + right.Produced,
        left.Pending + right.Pending,
        left.Batches + right.Batches,
        left.ResentBatches + right.ResentBatches,
        left.CommandsRun + right.CommandsRun,
        left.Renewals + right.Renewals,
        left.Faults + right.Faults,
        left.Errors.Concat(right.Errors).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value)));

    /// <summary>What remains of these counters when their process is killed: the counts, not the state.</summary>
    public FleetStats Past() => this with { Devices = 0, Connected = 0, Pending = 0 };
}
