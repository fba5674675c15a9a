namespace EdgeSync.EdgeSimulator;

/// <summary>Virtual devices, in this process or in workers.</summary>
internal interface IFleet : IAsyncDisposable
{
    FleetStats Stats { get; }

    /// <summary>CPU and memory of processes other than this one.</summary>
    ProcessUsage OtherProcesses { get; }

    /// <summary>Opens the devices and waits until the control plane has answered each.</summary>
    Task ConnectAsync(CancellationToken ct);

    /// <summary>Sensors begin, and so do the network's faults.</summary>
    Task BeginAsync();

    /// <summary>Sensors end.</summary>
    Task HaltAsync();

    /// <summary>Faults end for good.</summary>
    Task HealAsync();

    /// <summary>Syncs until nothing is left on any device; false when cancelled before.</summary>
    Task<bool> DrainAsync(CancellationToken ct);

    /// <summary>Keeps a copy of a device's file as it is now.</summary>
    Task CopyAsync(int device);

    /// <summary>Uploads what a device has, then replaces its file by the copy: its later rows are in the control plane alone. False when there is no copy or the rows could not be uploaded in time.</summary>
    Task<bool> RollBackAsync(int device);
}
