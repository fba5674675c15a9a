using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>
/// Reads the device that a request is about: those of requests that come at once in one query, each begun after its requests had come. The embedded database is in this process and reads each for itself.
/// </summary>
internal sealed class DeviceLooks(DeviceStore store, DatabaseOptions kind, IOptions<CommandsOptions> options, TimeProvider time, ILogger<DeviceLooks> log)
    : GroupCommit<DeviceId, DeviceLook>(() => new DeviceLookWork(store), options.Value.ToLimits(kind.IsServer), time, log)
{
    /// <summary>The device; null for one that is not registered.</summary>
    public async Task<DeviceView?> FindAsync(DeviceId device, CancellationToken ct) =>
        kind.IsServer && TryQueue(device, device) is { } look && await look.WaitAsync(ct) is { IsAnswered: true, View: var view } ? view : await store.FindAsync(device, ct);
}

/// <summary>What was found; no view for a device that is not registered.</summary>
/// <param name="View">The device.</param>
/// <param name="IsAnswered">Whether anybody has looked.</param>
internal sealed record DeviceLook(DeviceView? View, bool IsAnswered = true);

/// <summary>Nothing is written: a group is a question.</summary>
internal sealed class DeviceLookWork(DeviceStore store) : GroupWork<DeviceId, DeviceLook>
{
    private const int DevicesMax = 500;

    public override Func<DeviceId, bool> NewRoom()
    {
        var devices = 0;
        return _ => ++devices <= DevicesMax;
    }

    public override async Task<IReadOnlyList<DeviceLook>> WriteAsync(IReadOnlyList<DeviceId> group, CancellationToken ct)
    {
        var found = await store.FindAsync(group, ct);
        return [.. group.Select(device => new DeviceLook(found.GetValueOrDefault(device)))];
    }

    public override DeviceLook Stopping() => new(null, IsAnswered: false);
}
