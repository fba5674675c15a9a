using BenchmarkDotNet.Attributes;
using EdgeSync.Edge;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>The device's decision core: what a lane does after an attempt, a success and a failure in turn; an attempt's share.</summary>
[MemoryDiagnoser]
public class DecisionBenchmarks
{
    private const int Attempts = 100;
    private readonly BackoffBounds _bounds = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));
    private static readonly AttemptOutcome Failure = new(ReasonCodes.Ok, ProblemCategory.Resource, RetryAfter: TimeSpan.FromSeconds(2));

    [Benchmark(OperationsPerInvoke = Attempts)]
    public TimeSpan Next()
    {
        var state = LaneState.Initial;
        for (var i = 0; i < Attempts; i++)
        {
            state = SyncDecision.Next(state, i % 2 == 0 ? AttemptOutcome.Success : Failure, TimeSpan.FromSeconds(i), 0.5, _bounds);
        }

        return state.NextAttemptAt;
    }
}
