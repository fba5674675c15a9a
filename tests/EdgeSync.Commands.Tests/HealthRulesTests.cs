using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public sealed class HealthRulesTests
{
    private const long Second = 1_000_000;
    private const long Now = 1_000_000 * Second;

    private static readonly HealthRules Rules = new(lateAfter: 300 * Second, clockOffsetMax: 60 * Second);

    public static TheoryData<string, DeviceHealth> Devices => new()
    {
        { "", DeviceHealth.Unseen },
        { "seen=1 reason=ok", DeviceHealth.Ok },
        { "seen=1", DeviceHealth.Ok },
        { "seen=90 reason=ok", DeviceHealth.Ok },
        { "seen=91 reason=ok", DeviceHealth.Silent },
        { "seen=91 interval=60 reason=ok", DeviceHealth.Ok },
        { "seen=4 interval=1 reason=unreachable", DeviceHealth.Silent },
        { "seen=1 reason=unreachable", DeviceHealth.Failing },
        { "seen=1 reason=unreachable oldest=400 dead=1", DeviceHealth.Failing },
        { "seen=1 reason=paused oldest=400", DeviceHealth.Attention },
        { "seen=1 reason=ok oldest=300", DeviceHealth.Ok },
        { "seen=1 reason=ok oldest=301", DeviceHealth.Late },
        // A clock that is an hour behind makes nothing late that is new.
        { "seen=1 reason=ok oldest=3610 offset=-3600", DeviceHealth.Attention },
        { "seen=1 reason=ok offset=60", DeviceHealth.Ok },
        { "seen=1 reason=ok offset=61", DeviceHealth.Attention },
        { "seen=1 reason=ok offset=-61", DeviceHealth.Attention },
        { "seen=1 reason=ok dead=1", DeviceHealth.Attention },
        { "seen=1 reason=ok damaged=1", DeviceHealth.Attention },
        { "seen=1 reason=ok state=1", DeviceHealth.Stopped },
        { "state=1", DeviceHealth.Stopped },
    };

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_worst_that_holds_is_how_it_is(string device, DeviceHealth health)
    {
        var said = device.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        var row = new FleetRow
        {
            State = said.ContainsKey("state") ? "quarantined" : "active",
            LastSeenAt = Now - Of("seen"),
            IntervalMs = Of("interval") / 1_000,
            Reason = said.GetValueOrDefault("reason"),
            OldestPendingAt = Now - Of("oldest"),
            ClockOffsetUs = Of("offset"),
            DeadLetters = Of("dead"),
        };

        Assert.Equal(health, Rules.Of(row, said.ContainsKey("damaged"), Now));

        long? Of(string name) => said.TryGetValue(name, out var value) ? long.Parse(value, System.Globalization.CultureInfo.InvariantCulture) * Second : null;
    }
}
