using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace EdgeSync.ServiceDefaults.Tests;

/// <summary>What is run again, how often, and how it is counted.</summary>
public sealed class DatabaseRetryTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Dictionary<string, long> _counts = [];
    private readonly MeterListener _listener = new();
    private readonly DatabaseRetries _retries;

    public DatabaseRetryTests()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == DatabaseRetries.MeterName && instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = $"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}";
            _counts[name] = _counts.GetValueOrDefault(name) + value;
        });
        _listener.Start();
        _retries = new DatabaseRetries(meters, _time, NullLogger<DatabaseRetries>.Instance);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Theory]
    [InlineData("40001", "conflict")]
    [InlineData("40003", "ambiguous")]
    [InlineData("57P01", "unavailable")]
    public async Task A_transaction_is_run_again_until_it_succeeds(string state, string fault)
    {
        var runs = 0;
        var result = await RunAsync(() => ++runs < 4 ? throw Error(state) : runs);
        Assert.Equal(4, result);
        Assert.Equal(new Dictionary<string, long> { [$"edgesync.database.retries {fault} {state}"] = 3 }, _counts);
    }

    [Fact]
    public async Task It_is_given_up_after_a_bound()
    {
        var runs = 0;
        await Assert.ThrowsAsync<PostgresException>(() => RunAsync(() => ++runs == 0 ? 0 : throw Error("40001")));
        Assert.Equal(9, runs);
        Assert.Equal(8, _counts["edgesync.database.retries conflict 40001"]);
        Assert.Equal(1, _counts["edgesync.database.failures conflict 40001"]);
    }

    [Fact]
    public async Task It_is_given_up_when_it_has_taken_too_long()
    {
        var runs = 0;
        await Assert.ThrowsAsync<PostgresException>(() => RunAsync(() =>
        {
            runs++;
            _time.Advance(TimeSpan.FromSeconds(5));
            throw Error("57P03");
        }));
        Assert.Equal(2, runs);
    }

    [Theory]
    [InlineData("23505")]
    [InlineData("57014")]
    [InlineData("42P01")]
    public async Task What_fails_again_is_not_run_again(string state)
    {
        var runs = 0;
        await Assert.ThrowsAsync<PostgresException>(() => RunAsync(() => ++runs == 0 ? 0 : throw Error(state)));
        Assert.Equal(1, runs);
        Assert.Equal(new Dictionary<string, long> { [$"edgesync.database.failures permanent {state}"] = 1 }, _counts);
    }

    [Fact]
    public async Task Who_waited_in_vain_for_a_connection_does_not_queue_again()
    {
        var runs = 0;
        var exhausted = new NpgsqlException("The connection pool has been exhausted, either raise 'Max Pool Size' (currently 16) or 'Timeout'", new TimeoutException());
        await Assert.ThrowsAsync<NpgsqlException>(() => RunAsync(() => ++runs == 0 ? 0 : throw exhausted));
        Assert.Equal(1, runs);
        Assert.True(DatabaseFaults.IsUnavailable(exhausted));
    }

    [Fact]
    public async Task Another_error_passes_through_uncounted()
    {
        var runs = 0;
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(() => ++runs == 0 ? 0 : throw new InvalidOperationException()));
        Assert.Equal(1, runs);
        Assert.Empty(_counts);
    }

    private static PostgresException Error(string state) => new("message", "ERROR", "ERROR", state);

    private async Task<int> RunAsync(Func<int> work)
    {
        var running = _retries.RunAsync(_ => Task.FromResult(work()), TestContext.Current.CancellationToken);
        while (!running.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        return await running;
    }
}
