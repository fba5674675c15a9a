using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>
/// Wakes the requests of this process that wait for a device's intentions. Raised after the commit, so whoever wakes up finds what it was woken for.
/// Holds nothing for devices that do not wait.
/// </summary>
internal sealed class DeviceSignals(IOptions<CommandsOptions> options)
{
    /// <summary>Requests of one device that may wait at once: an event stream, a long-poll, and what is left of a connection that died.</summary>
    public const int WaitersPerDeviceMax = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<DeviceId, List<DeviceWaiter>> _waiters = [];

    /// <summary>Devices that wait now.</summary>
    public int WaitingDevices
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>Begins to wait, before what is waited for is read; null when too many devices wait already. The oldest waiter of a device makes room for its newest.</summary>
    public DeviceWaiter? Subscribe(DeviceId device)
    {
        var waiter = new DeviceWaiter(this, device);
        lock (_lock)
        {
            if (!_waiters.TryGetValue(device, out var list))
            {
                if (_waiters.Count >= options.Value.WaitingDevicesMax)
                {
                    return null;
                }

                _waiters.Add(device, list = new List<DeviceWaiter>(1));
            }
            else if (list.Count == WaitersPerDeviceMax)
            {
                list[0].End();
                list.RemoveAt(0);
            }

            list.Add(waiter);
        }

        return waiter;
    }

    public void Raise(in DeviceHint hint)
    {
        lock (_lock)
        {
            foreach (var waiter in _waiters.GetValueOrDefault(hint.Device) ?? [])
            {
                waiter.Raise(hint.IntentVersion);
            }
        }
    }

    internal void Remove(DeviceWaiter waiter)
    {
        lock (_lock)
        {
            if (_waiters.TryGetValue(waiter.Device, out var list) && list.Remove(waiter) && list.Count == 0)
            {
                _waiters.Remove(waiter.Device);
            }
        }
    }
}
