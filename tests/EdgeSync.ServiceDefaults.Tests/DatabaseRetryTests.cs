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
    private readonly SchemaGate _gate = new();
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
        _retries = new DatabaseRetries(meters, _time, _gate, NullLogger<DatabaseRetries>.Instance);
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
        await Assert.ThrowsAsync<NpgsqlException>(() => RunAsync(() => ++runs == 0 ? 0 : throw Exhausted));
        Assert.Equal(1, runs);
        Assert.True(DatabaseFaults.IsUnavailable(Exhausted));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_left_alone_for_a_while_and_then_asked_once()
    {
        var runs = 0;
        for (var i = 0; i < 10; i++)
        {
            await Assert.ThrowsAsync<NpgsqlException>(() => TryOnceAsync(() => ++runs == 0 ? 0 : throw Exhausted));
        }

        var refused = await Assert.ThrowsAsync<DatabaseAwayException>(() => TryOnceAsync(() => ++runs));
        Assert.True(DatabaseFaults.IsUnavailable(refused));
        Assert.Equal(10, runs);
        Assert.Equal(1, _counts["edgesync.database.failures unavailable none"] - 10);

        _time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<NpgsqlException>(() => TryOnceAsync(() => ++runs == 0 ? 0 : throw Exhausted));
        await Assert.ThrowsAsync<DatabaseAwayException>(() => TryOnceAsync(() => ++runs));
        Assert.Equal(11, runs);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(12, await TryOnceAsync(() => ++runs));
        Assert.Equal(13, await TryOnceAsync(() => ++runs));
    }

    [Fact]
    public async Task Conflicts_show_a_server_that_answers()
    {
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<PostgresException>(() => RunAsync(() => throw Error("40001")));
        }

        Assert.Equal(1, await RunAsync(() => 1));
    }

    [Fact]
    public async Task While_the_schema_is_waited_for_nobody_asks()
    {
        _gate.Close();
        await Assert.ThrowsAsync<DatabaseAwayException>(() => TryOnceAsync(() => 1));
        _gate.Open();
        Assert.Equal(1, await TryOnceAsync(() => 1));
    }

    [Fact]
    public async Task Another_error_passes_through_uncounted()
    {
        var runs = 0;
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(() => ++runs == 0 ? 0 : throw new InvalidOperationException()));
        Assert.Equal(1, runs);
        Assert.Empty(_counts);
    }

    private static NpgsqlException Exhausted => new("The connection pool has been exhausted, either raise 'Max Pool Size' (currently 16) or 'Timeout'", new TimeoutException());

    private Task<int> TryOnceAsync(Func<int> work) => _retries.RunAsync(_ => Task.FromResult(work()), TestContext.Current.CancellationToken);

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
