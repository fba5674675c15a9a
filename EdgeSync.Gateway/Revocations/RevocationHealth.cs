using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EdgeSync.Gateway;

/// <summary>Not ready before it is known who may not enter. A list that has become stale is told to each device, and to operators as degraded: the operator port still works.</summary>
internal sealed class RevocationHealth(RevocationRegister register, TimeProvider time) : IHealthCheck
{
    public const string Name = "revocations";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        register.List is null ? HealthCheckResult.Unhealthy("No list of who may not enter is known yet.")
        : register.IsStale ? HealthCheckResult.Degraded("The list of who may not enter is stale.")
        : register.Crls.Fault(time.GetUtcNow()) is { } fault ? HealthCheckResult.Degraded(fault)
        : HealthCheckResult.Healthy());
}
