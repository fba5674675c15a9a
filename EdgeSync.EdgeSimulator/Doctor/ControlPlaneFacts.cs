using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What a control plane answers an operator.</summary>
/// <param name="Address">Its operator port.</param>
/// <param name="CertificateNotAfter">When the certificate that it shows ends; null where it showed none.</param>
/// <param name="ClockOffset">Its clock minus this machine's, to the second; null where it did not say.</param>
/// <param name="Problem">Why it does not tell of its devices; null when it does.</param>
/// <param name="Devices">Some of its devices, and how each one's sync stands; null for one that was never heard.</param>
/// <param name="More">Whether it has more devices than those.</param>
internal sealed record ControlPlaneFacts(
    Uri Address, DateTimeOffset? CertificateNotAfter, TimeSpan? ClockOffset, ProbeProblem? Problem, IReadOnlyList<(DeviceView Device, DeviceSyncStatus? Sync)> Devices, bool More);

/// <summary>Why a question was not answered.</summary>
/// <param name="Status">The HTTP status; 0 when there was no answer.</param>
/// <param name="Code">The problem's code, or what went wrong on the way.</param>
/// <param name="Detail">For a person.</param>
internal sealed record ProbeProblem(int Status, string Code, string Detail);
