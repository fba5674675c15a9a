using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What a device gets that asks for its commands. Pure.</summary>
internal static class LeaseDecision
{
    /// <summary>Commands of other runs that are read at once; the rest follows with the device's next request.</summary>
    public const int OthersMax = 500;

    /// <summary>Commands that wait which are read for one answer: one more than it may have, so that it says whether there are more.</summary>
    public const int WaitingMax = Limits.CommandPullMax + 1;

    // A page of payloads stays below the size of a body, whatever its commands hold.
    private const int PayloadBytesMax = Limits.BodyBytesMax / 2;

    /// <summary>The highest number that another run of the program has and that is not below this one's, if any: then nothing can be said of what that run was told, until the living one has taken a higher number.</summary>
    public static long? NumberTaken(CommandWork work, DeviceRun run) => work.Rows.Max(row => CommandLifecycle.NumberTaken(row.Status, run.Boot));

    /// <summary>Leases what waits for the device, in its order. To a run of its program that is named, what earlier runs left open is sent again.</summary>
    /// <param name="work">What waits for the device, and what earlier runs may have left open.</param>
    /// <param name="run">Who asks; null for somebody who does not say.</param>
    /// <param name="intentVersion">The device's version before its commands were read.</param>
    /// <param name="options">Leases and attempts.</param>
    /// <param name="now">The control plane's clock, microseconds since 1970.</param>
    public static CommandDelivery Of(CommandWork work, DeviceRun? run, long intentVersion, CommandsOptions options, long now)
    {
        var rows = work.Rows.OrderBy(row => row.Priority).ThenBy(row => row.IntentOrder).ThenBy(row => row.CreatedAt).ThenBy(row => row.CommandId.Value).ToList();
        var open = run is { } asking ? rows.FindAll(row => CommandLifecycle.IsOfEarlierRun(row.Status, asking.Boot)) : [];
        var earlier = run is { } taking ? TakeUp(open, taking, now, work) : [];
        var waiting = rows.FindAll(row => CommandLifecycle.IsWaiting(row.Status));
        var leaseUntil = now + (long)options.Lease.TotalMicroseconds;
        var leased = new List<CommandEnvelope>();
        var payloadBytes = 0;
        var handled = 0;
        foreach (var row in earlier.Take(Limits.CommandPullMax).TakeWhile(_ => payloadBytes <= PayloadBytesMax))
        {
            leased.Add(row.ToEnvelope(now));
            payloadBytes += row.Payload.Length;
        }

        var more = leased.Count < earlier.Count;
        foreach (var row in waiting)
        {
            if (leased.Count == Limits.CommandPullMax || payloadBytes > PayloadBytesMax)
            {
                break;
            }

            handled++;
            var judged = CommandLifecycle.Expire(row.Status, now) ?? CommandLifecycle.EndLease(row.Status, now, options.LeaseAttemptsMax) ?? row.Status;
            if (CommandLifecycle.Lease(judged, now, leaseUntil) is { } lease)
            {
                leased.Add(work.Lease(row, lease).ToEnvelope(now));
                payloadBytes += row.Payload.Length;
            }
            else
            {
                work.Step(row, judged);
            }
        }

        // As many as are read at once may be more, also where another has changed some of them since.
        return new CommandDelivery(leased, intentVersion, more || handled < waiting.Count || rows.Count - open.Count >= WaitingMax);
    }

    /// <summary>Interrupts what a lost file held, and gives what is to be sent again.</summary>
    private static List<CommandRow> TakeUp(List<CommandRow> earlier, DeviceRun run, long now, CommandWork work)
    {
        var lost = new List<CommandRow>();
        foreach (var row in earlier)
        {
            if (CommandLifecycle.BeginEpoch(row.Status, run, now) is { } next)
            {
                work.Step(row, next);
            }
            else
            {
                lost.Add(row);
            }
        }

        return lost;
    }
}
