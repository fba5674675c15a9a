using System.Data.Common;
using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// The one place that runs a transaction again. Bounded by tries and by time, with jitter: what is wrong for longer is the caller's to answer, with 503.
/// A server that hardly ever answers is left alone for <see cref="Break"/>, then asked once: meanwhile everybody is refused at once instead of waiting in a line that grows.
/// </summary>
internal sealed partial class DatabaseRetries
{
    public const string MeterName = "EdgeSync.Database";

    private const int RetriesMax = 8;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    // Shorter than a request may take at the gateway.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(8);

    // Conflicts and doubts show a server that answers. The share is high because a connection that breaks now and then is no outage.
    private const double BreakAbove = 0.9;
    private const int BreakAttemptsMin = 10;
    private static readonly TimeSpan BreakSampling = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(2);

    private static readonly ResiliencePropertyKey<long> StartedAt = new("started");

    private readonly ResiliencePipeline _pipeline;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _givenUp;
    private readonly TimeProvider _time;
    private readonly SchemaGate _gate;
    private readonly ILogger<DatabaseRetries> _log;

    public DatabaseRetries(IMeterFactory meters, TimeProvider time, SchemaGate gate, ILogger<DatabaseRetries> log)
    {
        var meter = meters.Create(MeterName);
        _retries = meter.CreateCounter<long>("edgesync.database.retries", "{retry}", "Transactions that were run again, by what was wrong.");
        _givenUp = meter.CreateCounter<long>("edgesync.database.failures", "{failure}", "Transactions that failed for good, by what was wrong.");
        _time = time;
        _gate = gate;
        _log = log;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = arguments => ValueTask.FromResult(MayRetry(arguments)),
                MaxRetryAttempts = RetriesMax,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstDelay,
                MaxDelay = LongestDelay,
                UseJitter = true,
                OnRetry = arguments =>
                {
                    Count(_retries, arguments.Outcome.Exception!);
                    return default;
                },
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = static arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is DbException error and not SqliteException && DatabaseFaults.Of(error) is DatabaseFault.Unavailable),
                FailureRatio = BreakAbove,
                MinimumThroughput = BreakAttemptsMin,
                SamplingDuration = BreakSampling,
                BreakDuration = Break,
                OnOpened = arguments =>
                {
                    Opened(arguments.BreakDuration, arguments.Outcome.Exception?.Message);
                    return default;
                },
                OnClosed = _ =>
                {
                    Closed();
                    return default;
                },
            })
            .Build();
    }

    /// <summary>Runs a unit of work, which opens its own connection and may run more than once.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken ct)
    {
        _gate.Check();
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: true, ct);
        context.Properties.Set(StartedAt, _time.GetTimestamp());
        try
        {
            return await _pipeline.ExecuteAsync(async context => await work(context.CancellationToken), context);
        }
        catch (BrokenCircuitException e)
        {
            var away = new DatabaseAwayException("The database has not answered for some time; it is asked again soon.", e);
            Count(_givenUp, away);
            throw away;
        }
        catch (DbException e)
        {
            Count(_givenUp, e);
            if (DatabaseFaults.IsUnavailable(e))
            {
                GivenUp(e);
            }

            throw;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private bool MayRetry(RetryPredicateArguments<object> arguments) =>
        // SQLite has waited for its writer already, and a file that cannot be written stays so.
        arguments.Outcome.Exception is DbException error and not SqliteException
        && DatabaseFaults.IsUnavailable(error)
        && !IsPoolExhausted(error)
        && _time.GetElapsedTime(arguments.Context.Properties.GetValue(StartedAt, 0)) < Budget;

    // It has waited for a connection as long as it may. Waiting again would hold its place in a queue that is too long already, after a restart of the database above all.
    private static bool IsPoolExhausted(DbException error) =>
        error is NpgsqlException { InnerException: TimeoutException } && error.Message.StartsWith("The connection pool has been exhausted", StringComparison.Ordinal);

    private static void Count(Counter<long> counter, Exception error)
    {
        var fault = Words.Of(DatabaseFaults.Of(error));
        var state = error is DbException { SqlState: { } known } ? known : "none";
        counter.Add(1, new KeyValuePair<string, object?>("fault", fault), new KeyValuePair<string, object?>("sqlstate", state));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A transaction was given up after its last try")]
    private partial void GivenUp(Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "The database does not answer; for {Break} nobody asks it: {Reason}")]
    private partial void Opened(TimeSpan @break, string? reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The database answers again")]
    private partial void Closed();
}
