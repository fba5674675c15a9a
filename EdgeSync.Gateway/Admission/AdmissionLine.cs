using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>
/// Who is next when a fleet comes back at once. A virtual schedule: a device that comes while others wait is given its turn, one after the other at the rate, and is let in when it returns at
/// or after it. In no second of the clock more are let in than the rate: who returns late into a full second is sent to the next and loses nothing to those who have not had a turn.
/// </summary>
/// <remarks>Pure: the caller says what time it is, and holds a lock. A fleet ends: each refusal for a full second means that as many others as the rate were let in, and those have left the line.</remarks>
internal sealed class AdmissionLine(int perSecond, int reservationsMax)
{
    private const long Second = 1_000_000;

    // Whoever has not returned so long after its turn does not come any more; when it does, it is new.
    private const long KeptAfterTurn = 60 * Second;

    private readonly Dictionary<DeviceId, long> _turns = [];
    private readonly Queue<(DeviceId Device, long Turn)> _order = new();
    private readonly long _interval = Math.Max(1, Second / perSecond);
    private long _nextTurn = long.MinValue;
    private long _second = long.MinValue;
    private int _admitted;
    private int _sentOn;

    /// <summary>Devices that were told a turn and have not returned yet.</summary>
    public int Reservations => _turns.Count;

    /// <summary>Lets a device in, or says how long it is until its turn.</summary>
    /// <param name="device">Who comes.</param>
    /// <param name="now">Microseconds that never go back.</param>
    /// <returns>Zero when it is let in; else more than zero.</returns>
    public TimeSpan Enter(DeviceId device, long now)
    {
        Begin(now);
        var isKnown = _turns.TryGetValue(device, out var turn);
        if (isKnown && turn > now)
        {
            return TimeSpan.FromMicroseconds(turn - now);
        }

        // Its turn has come, or nobody waits for one.
        if (_admitted < perSecond && (isKnown || _nextTurn <= now))
        {
            _admitted++;
            _turns.Remove(device);
            return TimeSpan.Zero;
        }

        return TimeSpan.FromMicroseconds((isKnown ? SendOn() : Reserve(device, now)) - now);
    }

    private void Begin(long now)
    {
        var second = Math.DivRem(now, Second, out _);
        if (second != _second)
        {
            (_second, _admitted, _sentOn) = (second, 0, 0);
        }

        while (_order.TryPeek(out var first) && (first.Turn + KeptAfterTurn < now || !Holds(first.Device, first.Turn)))
        {
            _order.Dequeue();
            if (Holds(first.Device, first.Turn))
            {
                _turns.Remove(first.Device);
            }
        }
    }

    private bool Holds(DeviceId device, long turn) => _turns.TryGetValue(device, out var held) && held == turn;

    /// <summary>Into the seconds to come, spread as turns are; it keeps its own turn, which is over.</summary>
    private long SendOn() => ((_second + 1) * Second) + (_sentOn++ * _interval);

    private long Reserve(DeviceId device, long now)
    {
        var turn = Math.Max(_nextTurn, _admitted < perSecond ? now + 1 : (_second + 1) * Second);
        // Without room nothing is promised: it comes back at the end of the line and is new then.
        if (_order.Count < reservationsMax)
        {
            _nextTurn = turn + _interval;
            _turns[device] = turn;
            _order.Enqueue((device, turn));
        }

        return turn;
    }
}
