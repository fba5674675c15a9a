namespace EdgeSync.EdgeSimulator;

/// <summary>A control plane that a fleet can sync with.</summary>
internal interface IControlPlane : IAsyncDisposable
{
    Uri DeviceAddress { get; }

    Uri OperatorAddress { get; }

    /// <summary>CPU and memory of processes other than this one.</summary>
    ProcessUsage OtherProcesses { get; }
}

/// <summary>What processes have used.</summary>
/// <param name="Cpu">Processor time of all of them, those that have ended too.</param>
/// <param name="PeakBytes">The sum of their largest working sets.</param>
internal readonly record struct ProcessUsage(TimeSpan Cpu, long PeakBytes)
{
    public static ProcessUsage operator +(ProcessUsage left, ProcessUsage right) => new(left.Cpu + right.Cpu, left.PeakBytes + right.PeakBytes);
}

/// <summary>A control plane that somebody else runs.</summary>
internal sealed class ExternalControlPlane(Uri deviceAddress, Uri operatorAddress) : IControlPlane
{
    public Uri DeviceAddress => deviceAddress;

    public Uri OperatorAddress => operatorAddress;

    public ProcessUsage OtherProcesses => default;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
