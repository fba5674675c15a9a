using System.Globalization;
using EdgeSync.Edge;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What there is to do about a control plane, by what it answers. Pure.</summary>
internal static class ControlPlaneRules
{
    private const int NamedMax = 5;
    private static readonly TimeSpan CertificateLeftMin = TimeSpan.FromDays(14);
    private static readonly TimeSpan OffsetMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DeviceOffsetMax = TimeSpan.FromSeconds(30);

    /// <param name="facts">What was answered.</param>
    /// <param name="now">This machine's clock.</param>
    public static IReadOnlyList<Diagnosis> Judge(ControlPlaneFacts facts, DateTimeOffset now) =>
    [
        Gateway(facts),
        .. facts.CertificateNotAfter is { } end ? (Diagnosis[])[Certificate(end, now)] : [],
        .. facts.ClockOffset is { } offset ? (Diagnosis[])[Clock(offset)] : [],
        .. facts.Problem is null ? Fleet(facts) : [],
    ];

    private static Diagnosis Gateway(ControlPlaneFacts facts) => facts.Problem switch
    {
        null => new("control plane", $"{facts.Address} answers, and so does its database"),
        { Status: 0 } problem => new("control plane", $"{facts.Address}: {problem.Code}. {problem.Detail}", "See that the gateway runs and that this is its operator port; of a certificate that is not trusted, give the fleet's root with --root."),
        { Status: 401 or 403 } problem => new("token", $"{problem.Code}: {problem.Detail}", "Give a token that is valid and has the role fleet.read, with --token."),
        { Status: 503 } problem => new("database", $"{problem.Code}: {problem.Detail}", "See that Commands and Ingest run and are ready (/health), and that their database can be reached; their logs say what is wrong."),
        { Status: 429 } problem => new("limits", $"{problem.Code}: {problem.Detail}", "Too many operators ask at once: ask later, or raise Gateway:Limits:OperatorInFlight."),
        var problem => new("control plane", $"{problem.Status} {problem.Code}: {problem.Detail}", "See that this is the gateway's operator port; the services' logs know more."),
    };

    private static Diagnosis Certificate(DateTimeOffset end, DateTimeOffset now) => (end - now) switch
    {
        var left when left <= TimeSpan.Zero => new("gateway's certificate", $"ended {end:u}", "Replace it: no device connects."),
        var left when left < CertificateLeftMin => new("gateway's certificate", $"ends {end:u}", "Replace it before it ends; devices pin its key, so tell them the next one first (docs/security.md)."),
        _ => new("gateway's certificate", $"until {end:u}"),
    };

    private static Diagnosis Clock(TimeSpan offset) => offset.Duration() <= OffsetMax ? new("clock", "the control plane's and this machine's agree")
        : new("clock", string.Create(CultureInfo.InvariantCulture, $"the control plane's is {offset.TotalSeconds:0} s off this machine's"), "Set whichever is wrong, and see to it that it stays right (NTP): certificates and tokens go by it.");

    private static IEnumerable<Diagnosis> Fleet(ControlPlaneFacts facts)
    {
        var devices = facts.Devices;
        yield return new("devices", $"{devices.Count}{(facts.More ? " looked at, there are more" : "")}; agents: {Versions(devices)}");
        yield return Named(devices, one => one.Device.State != DeviceState.Active, one => Words.Of(one.Device.State), "refused devices", "none", "An operator or the quarantine has stopped them; let one in again with PUT /v1/devices/{device}/state.");
        yield return Named(devices, one => one.Sync?.SilentSince is not null, _ => "silent", "silent devices", "none", "Look at the device itself: `doctor --device FILE` on its machine.");
        yield return Named(
            devices, one => one.Sync is { SilentSince: null, Heartbeat.Reason: not ReasonCodes.Ok }, one => one.Sync!.Heartbeat!.Reason, "failing devices", "none", "docs/recovery.md has each reason with what ends it.");
        yield return Named(devices, one => one.Sync?.Heartbeat?.DeadLetters > 0, one => $"{one.Sync!.Heartbeat!.DeadLetters}", "dead letters", "none", "Send the command list-dead-letters to see why, then replay-dead-letters or discard-dead-letters.");
        yield return Named(
            devices, one => Math.Abs(one.Sync?.ClockOffsetMicroseconds ?? 0) > DeviceOffsetMax.TotalMicroseconds, one => $"{one.Sync!.ClockOffsetMicroseconds / 1_000_000} s", "wrong clocks", "none",
            "Set the device's clock; its readings keep their times, and the offset is stored with them.");
        yield return Named(devices, one => one.Sync?.Streams.Any(stream => stream.Damaged is not null) == true, _ => "damaged", "damaged streams", "none", "The devices repair them by themselves; send the command resync to one that does not.");
    }

    private static Diagnosis Named(
        IReadOnlyList<(DeviceView Device, DeviceSyncStatus? Sync)> devices, Func<(DeviceView Device, DeviceSyncStatus? Sync), bool> which,
        Func<(DeviceView Device, DeviceSyncStatus? Sync), string> why, string subject, string good, string remedy)
    {
        var found = devices.Where(which).ToList();
        return found.Count == 0
            ? new(subject, good)
            : new(subject, $"{found.Count}: {string.Join(", ", found.Take(NamedMax).Select(one => $"{one.Device.Name} ({why(one)})"))}{(found.Count > NamedMax ? ", ..." : "")}", remedy);
    }

    private static string Versions(IReadOnlyList<(DeviceView Device, DeviceSyncStatus? Sync)> devices)
    {
        var known = devices.Select(one => one.Sync?.Heartbeat?.AgentVersion).OfType<string>().GroupBy(version => version).OrderByDescending(group => group.Count()).ToList();
        return known.Count == 0 ? "none heard" : string.Join(", ", known.Take(NamedMax).Select(group => $"{group.Key} on {group.Count()}"));
    }
}
