using System.Diagnostics.Metrics;
using EdgeSync.Protocol;

namespace EdgeSync.ServiceDefaults;

/// <summary>What a service has answered in place of what was asked for.</summary>
internal sealed class ProblemMetrics(IMeterFactory meters)
{
    public const string MeterName = "EdgeSync.Problems";

    private readonly Counter<long> _problems = meters.Create(MeterName).CreateCounter<long>(
        "edgesync.problems", "{problem}", "Requests that were answered with a problem, by its code and category.");

    public void Answered(Problem problem) => _problems.Add(
        1, new KeyValuePair<string, object?>("code", problem.Code), new KeyValuePair<string, object?>("category", Words.Of(problem.Category)));
}
