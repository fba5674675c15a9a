using System.Diagnostics;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What is the same for every rule of a kind. Pure.</summary>
internal static class AlertKinds
{
    /// <summary>Conflicts are counted over so many minutes.</summary>
    public const int ConflictMinutes = 5;

    /// <summary>The unit of its values and thresholds.</summary>
    public static string Unit(AlertKind kind) => kind switch
    {
        AlertKind.DeviceSilent or AlertKind.OldestUnsyncedAge or AlertKind.ClockWrong or AlertKind.DatabaseUnavailable => "s",
        AlertKind.ErrorRate or AlertKind.QueueSaturation => "%",
        AlertKind.ConflictRate => "1/min",
        AlertKind.CertificateExpiring => "d",
        _ => "1",
    };

    /// <summary>How much of what a database answers is one of its unit.</summary>
    public static double PerUnit(AlertKind kind) => Unit(kind) switch
    {
        "s" => 1e6,
        "d" => TimeSpan.MicrosecondsPerDay,
        _ => 1,
    };

    /// <summary>Whether each device has its own alert.</summary>
    public static bool IsOfDevices(AlertKind kind) =>
        kind is not (AlertKind.ErrorRate or AlertKind.ConflictRate or AlertKind.QueueSaturation or AlertKind.DatabaseUnavailable);

    /// <summary>Whether its rules may be restricted to devices with some labels.</summary>
    public static bool TakesSelector(AlertKind kind) => kind is not (AlertKind.QueueSaturation or AlertKind.DatabaseUnavailable);

    /// <summary>Whether less is worse.</summary>
    public static bool FiresBelow(AlertKind kind) => kind is AlertKind.CertificateExpiring;

    /// <summary>A sentence where a rule has none.</summary>
    public static string Summary(AlertKind kind) => kind switch
    {
        AlertKind.DeviceSilent => "Nothing has come from {device} for {value} s.",
        AlertKind.OldestUnsyncedAge => "{device} has had readings waiting for {value} s.",
        AlertKind.ErrorRate => "{value} % of the devices are not syncing.",
        AlertKind.ConflictRate => "{value} configuration conflicts a minute.",
        AlertKind.DeadLetters => "{device} has set {value} readings aside.",
        AlertKind.CertificateExpiring => "The certificate of {device} ends in {value} days and was not renewed.",
        AlertKind.ClockWrong => "The clock of {device} is off by {value} s.",
        AlertKind.DigestMismatch => "{value} streams of {device} are damaged in the control plane.",
        AlertKind.CloneSuspected => "{device} is quarantined: two machines have used its identity.",
        AlertKind.QueueSaturation => "A queue of Ingest is {value} % full.",
        AlertKind.DatabaseUnavailable => "The control plane's database could not be used for {value} s.",
        _ => throw new UnreachableException(),
    };
}
