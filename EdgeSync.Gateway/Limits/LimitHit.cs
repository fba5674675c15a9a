using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>The limit that a request ran into. Nothing was charged, and nothing of the request has reached a service.</summary>
/// <param name="Name">The limit: its option's name in kebab case, without the unit.</param>
/// <param name="Scope">Whose limit it is.</param>
/// <param name="Remaining">What is left of it.</param>
/// <param name="RetryAfter">When the same request would pass.</param>
internal sealed record LimitHit(string Name, LimitScope Scope, long Remaining, TimeSpan RetryAfter)
{
    /// <summary>The answer: 429 where the sender asked for too much, 503 where the fleet or the gateway has no room.</summary>
    public Problem ToProblem() => (Scope is LimitScope.Device ? ProblemTypes.RateLimited : ProblemTypes.Overloaded).With(
        $"The limit {Name} of the {Words.Of(Scope)} is reached; nothing was stored. Send the same again after Retry-After, over the same connection.") with
    {
        Limit = new ProblemLimit(Name, Scope, Remaining, (long)Math.Ceiling(RetryAfter.TotalMilliseconds)),
    };

    /// <summary>Counts it and says so.</summary>
    public Task AnswerAsync(HttpContext context, GatewayMetrics metrics)
    {
        metrics.Refused(this);
        return ToProblem().ToResult(RetryAfter).ExecuteAsync(context);
    }
}
