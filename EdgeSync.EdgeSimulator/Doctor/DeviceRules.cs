using System.Globalization;
using EdgeSync.Edge;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What there is to do about a device, by what its folder says. Pure.</summary>
internal static class DeviceRules
{
    private const long FreeBytesMin = 100 * 1024 * 1024;
    private static readonly TimeSpan BacklogAgeMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan CertificateLeftMin = TimeSpan.FromDays(3);
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(1);

    /// <param name="facts">What was read.</param>
    /// <param name="now">This machine's clock.</param>
    /// <param name="hasIdentity">Whether it keeps its own certificate.</param>
    public static IReadOnlyList<Diagnosis> Judge(DeviceFacts facts, DateTimeOffset now, bool hasIdentity) =>
    [
        new("device", $"{facts.Device}, file version {facts.SchemaVersion}"),
        facts.Check == "ok" ? new("file", $"{Size(facts.DatabaseBytes)}, sound")
            : new("file", facts.Check, "Start the device's program: it puts what can be read into a new file and keeps the old one. If that fails, restore a copy; nothing acknowledged is lost."),
        .. facts.Salvages == 0 ? (Diagnosis[])[] : [new("salvages", $"the file was found damaged {facts.Salvages} times", "Check the disk that it lies on, and the power supply.")],
        facts.FreeBytes >= FreeBytesMin ? new("disk", $"{Size(facts.FreeBytes)} free") : new("disk", $"{Size(facts.FreeBytes)} free", "Make room, or bound the file with DatabaseBytesMax before the disk is full."),
        Backlog(facts, now),
        facts.DeadLetters == 0 ? new("dead letters", "none")
            : new("dead letters", $"{facts.DeadLetters} readings were set aside", "Send the command list-dead-letters to see why, then replay-dead-letters or discard-dead-letters."),
        .. facts.Events.Where(line => line.Event != ReasonCodes.Ok && !HasPassed(line, facts.Events)).Select(line => OfEvent(line, now)),
        .. hasIdentity ? (Diagnosis[])[Certificate(facts.CertificateNotAfter, now)] : [],
        .. facts.NewestAt is { } newest && Microseconds.ToTime(newest) - now > AheadMax
            ? (Diagnosis[])[new("clock", $"the device has written at {Microseconds.ToTime(newest):u}, which is yet to come", "Set this machine's clock, and see to it that it stays right (NTP).")] : [],
    ];

    private static Diagnosis Backlog(DeviceFacts facts, DateTimeOffset now)
    {
        var age = facts.OldestPendingAt is { } oldest ? now - Microseconds.ToTime(oldest) : TimeSpan.Zero;
        return facts.Pending == 0 ? new("backlog", "everything is acknowledged")
            : age <= BacklogAgeMax ? new("backlog", $"{facts.Pending} entries wait, the oldest for {Span(age)}")
            : new("backlog", $"{facts.Pending} entries wait, the oldest for {Span(age)}", "See below why it does not sync; where nothing is said, see that its program runs.");
    }

    // The network has a line when it fails; that it works again is said by the exchange that got through first.
    private static bool HasPassed(DeviceEvent line, IReadOnlyList<DeviceEvent> all) =>
        line.Area == "network" && all.Any(other => other.Event == ReasonCodes.Ok && other.At >= line.At);

    private static Diagnosis OfEvent(DeviceEvent line, DateTimeOffset now) => new(
        line.Area,
        $"{line.Event} since {Span(now - Microseconds.ToTime(line.At))}. {line.Detail}",
        $"{Advice(RecoveryRules.For(line.Event))} docs/recovery.md has the row {line.Event}.");

    private static string Advice(RecoveryRule rule) => rule.Category switch
    {
        ProblemCategory.Network => "Check the network, the name service and the control plane's address.",
        ProblemCategory.Authentication => "Look at the device's certificate and state: renew, enrol again, or let it in again.",
        ProblemCategory.Conflict => "The device settles it by itself; if it stays, look at its streams with GET /v1/devices/{device}/sync.",
        ProblemCategory.Resource => "It goes on by itself when there is room; if it stays, look at the part that is full.",
        null => "An operator holds it back: send the command resume.",
        _ => "What was sent is refused: look at its log and at the version of both sides.",
    };

    private static Diagnosis Certificate(DateTimeOffset? notAfter, DateTimeOffset now) => notAfter switch
    {
        null => new("certificate", "none", "Give the device an enrolment secret, and see that it reaches the operator port."),
        { } end when end <= now => new("certificate", $"ended {end:u}", "Start the device's program: it renews a certificate that has ended lately. Later, enrol it again with a token that names it."),
        { } end when end - now < CertificateLeftMin => new("certificate", $"ends {end:u}", "It renews from half of its lifetime on, so something keeps it from that: see that it reaches the gateway."),
        { } end => new("certificate", $"until {end:u}"),
    };

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.#} MiB");

    private static string Span(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{(span > TimeSpan.Zero ? span : TimeSpan.Zero):d\\.hh\\:mm\\:ss}");
}
