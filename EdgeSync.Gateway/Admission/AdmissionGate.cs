using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Where a fleet that comes back at once is let in one after the other: at its tokens, which nothing goes without. The connection stays, and its handshake with it.</summary>
internal sealed class AdmissionGate(IOptions<AdmissionOptions> options, TimeProvider time)
{
    private const string Limit = "admission";

    private readonly Lock _lock = new();
    private readonly AdmissionLine _line = new(options.Value.Rate, options.Value.ReservationsMax);

    public int Reservations
    {
        get
        {
            lock (_lock)
            {
                return _line.Reservations;
            }
        }
    }

    /// <summary>Null when the device may have its token now.</summary>
    public LimitHit? Enter(DeviceId device)
    {
        var now = (long)time.GetElapsedTime(0, time.GetTimestamp()).TotalMicroseconds;
        TimeSpan wait;
        lock (_lock)
        {
            wait = _line.Enter(device, now);
        }

        return wait == TimeSpan.Zero ? null : new LimitHit(Limit, LimitScope.Gateway, 0, wait);
    }
}
