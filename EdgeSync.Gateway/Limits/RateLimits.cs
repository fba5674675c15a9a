using System.Collections.Concurrent;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>What kind of request it is: each kind has limits of its own, so that none starves another.</summary>
internal enum RequestLane
{
    Live,
    Backlog,
    Control,
    Operator,
}

/// <summary>
/// Charges requests of devices to their own budget and to the fleet's, by all limits or by none, and never queues. A live batch is charged to its device; a
/// backlog batch to what the fleet does not use, one at a time, and to its device as far as it is not full.
/// </summary>
internal sealed class RateLimits(LimitSource source, TimeProvider time)
{
    // So that devices refused together do not return together.
    private const int SpreadMilliseconds = 1_000;

    // A batch of history that has as many is no request of its device.
    private const double BacklogBatchReadingsFull = 200;

    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<DeviceId, DeviceBudget> _devices = new();
    private readonly int[] _inFlight = new int[Enum.GetValues<RequestLane>().Length];
    private readonly Lock _fleet = new();
    private TokenBucket _fleetRequests;
    private TokenBucket _fleetReadings;

    /// <summary>Devices that have used something lately.</summary>
    public int Devices => _devices.Count;

    /// <summary>Lets a request pass, to be given back when it is over, or says which limit it ran into.</summary>
    /// <param name="device">The sender; null for an operator.</param>
    /// <param name="lane">What it is.</param>
    /// <param name="readings">Readings in it, 0 or more.</param>
    /// <param name="hit">The limit.</param>
    /// <returns>What gives it back; null when it may not pass.</returns>
    public EnteredRequest? TryEnter(DeviceId? device, RequestLane lane, long readings, out LimitHit? hit)
    {
        var limits = source.Current;
        hit = EnterLane(lane, limits);
        if (hit is not null)
        {
            return null;
        }

        if (device is not { } sender)
        {
            return new EnteredRequest(_ => Leave(lane));
        }

        var now = Now();
        var budget = Lock(sender);
        try
        {
            hit = Charge(budget, lane, readings, limits, now);
            if (hit is null)
            {
                budget.Backlog += lane is RequestLane.Backlog ? 1 : 0;
                return new EnteredRequest(isAccepted => Leave(lane, budget, isAccepted ? readings : 0));
            }
        }
        finally
        {
            Monitor.Exit(budget);
        }

        Interlocked.Decrement(ref _inFlight[(int)lane]);
        hit = hit with { RetryAfter = hit.RetryAfter + Spread(sender) };
        return null;
    }

    /// <summary>Forgets devices that have used nothing of their budget: a new one would say the same.</summary>
    public void EvictIdle()
    {
        var (limits, now) = (source.Current, Now());
        foreach (var (device, budget) in _devices)
        {
            lock (budget)
            {
                if (budget.IsFull(limits, now))
                {
                    budget.IsEvicted = true;
                    _devices.TryRemove(device, out _);
                }
            }
        }
    }

    private long Now() => (long)time.GetElapsedTime(0, time.GetTimestamp()).TotalMicroseconds;

    private LimitHit? EnterLane(RequestLane lane, LimitOptions limits)
    {
        var most = lane switch
        {
            RequestLane.Live => limits.LiveInFlight,
            RequestLane.Backlog => limits.BacklogInFlight,
            RequestLane.Control => limits.ControlInFlight,
            _ => limits.OperatorInFlight,
        };
        if (Interlocked.Increment(ref _inFlight[(int)lane]) <= most)
        {
            return null;
        }

        Interlocked.Decrement(ref _inFlight[(int)lane]);
        return new LimitHit($"{Words.Of(lane)}-in-flight", LimitScope.Gateway, 0, BusyRetryAfter);
    }

    /// <summary>The device's budget, held until <see cref="Monitor.Exit(object)"/>.</summary>
    private DeviceBudget Lock(DeviceId device)
    {
        while (true)
        {
            var budget = _devices.GetOrAdd(device, static _ => new DeviceBudget());
            Monitor.Enter(budget);
            if (!budget.IsEvicted)
            {
                return budget;
            }

            Monitor.Exit(budget);
        }
    }

    private LimitHit? Charge(DeviceBudget budget, RequestLane lane, long readings, LimitOptions limits, long now)
    {
        if (lane is RequestLane.Backlog && budget.Backlog >= limits.DeviceBacklogInFlight)
        {
            return new LimitHit("device-backlog-in-flight", LimitScope.Device, 0, BusyRetryAfter);
        }

        ref var requests = ref lane is RequestLane.Control ? ref budget.Control : ref budget.Telemetry;
        var requestRate = lane is RequestLane.Control ? limits.DeviceControl : limits.DeviceTelemetry;
        var charged = lane is RequestLane.Live ? readings : 0;
        var hit = Ask(requests, 1, requestRate, lane is RequestLane.Control ? "device-control" : "device-telemetry", LimitScope.Device, now)
            ?? Ask(budget.Readings, charged, limits.DeviceReadings, "device-readings", LimitScope.Device, now)
            ?? ChargeFleet(lane, readings, limits, now);
        if (hit is null)
        {
            requests.Take(1, requestRate, now);
            budget.Readings.Take(charged, limits.DeviceReadings, now);
        }

        return hit;
    }

    private LimitHit? ChargeFleet(RequestLane lane, long readings, LimitOptions limits, long now)
    {
        // What backlog leaves in the bucket is there for live readings.
        var reserve = lane is RequestLane.Backlog ? limits.LiveReserve * limits.FleetReadingsBurst : 0;
        lock (_fleet)
        {
            var hit = Ask(_fleetRequests, 1, limits.FleetRequests, "fleet-requests", LimitScope.Fleet, now)
                ?? Ask(_fleetReadings, readings == 0 ? 0 : readings + reserve, limits.FleetReadings, "fleet-readings", LimitScope.Fleet, now);
            if (hit is null)
            {
                _fleetRequests.Take(1, limits.FleetRequests, now);
                _fleetReadings.Take(readings, limits.FleetReadings, now);
            }

            return hit;
        }
    }

    private static LimitHit? Ask(TokenBucket bucket, double tokens, BucketRate rate, string name, LimitScope scope, long now) =>
        bucket.WaitFor(tokens, rate, now) is var wait && wait > TimeSpan.Zero
            ? new LimitHit(name, scope, (long)Math.Max(0, bucket.Available(rate, now)), wait)
            : null;

    private static TimeSpan Spread(DeviceId device) => TimeSpan.FromMilliseconds((uint)device.GetHashCode() % SpreadMilliseconds);

    private void Leave(RequestLane lane) => Interlocked.Decrement(ref _inFlight[(int)lane]);

    private void Leave(RequestLane lane, DeviceBudget budget, long accepted)
    {
        Leave(lane);
        if (lane is not RequestLane.Backlog)
        {
            return;
        }

        lock (budget)
        {
            budget.Backlog--;
            // Full batches, one at a time, are held by the fleet's limits alone: a rate beside them would let a long history wait on an idle fleet. What was not accepted may have been anything.
            budget.Telemetry.Give(Math.Min(1, accepted / BacklogBatchReadingsFull), source.Current.DeviceTelemetry, Now());
        }
    }
}

/// <summary>A request that may pass, until it is disposed of.</summary>
/// <param name="leave">Gives back what it holds, told whether it was accepted.</param>
internal sealed class EnteredRequest(Action<bool> leave) : IDisposable
{
    /// <summary>Whether it was what it said that it is: a service has accepted it.</summary>
    public bool IsAccepted { get; set; }

    public void Dispose() => leave(IsAccepted);
}
