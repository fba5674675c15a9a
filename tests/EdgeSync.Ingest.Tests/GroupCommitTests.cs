using System.Data.Common;
using System.Net;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Ingest.Tests;

public abstract class GroupCommitTests : IAsyncLifetime
{
    private readonly StorageKind _kind;

    private protected GroupCommitTests(StorageKind kind) => _kind = kind;

    private readonly TestDevice[] _devices = [.. Enumerable.Range(1, 4).Select(seed => new TestDevice(seed).Produce(30))];

    private TestStorage _storage = null!;

    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _storage = await TestStorage.CreateAsync(_kind);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _storage.DisposeAsync();
    }

    [Fact]
    public async Task What_waits_is_committed_as_one_group_each_upon_the_one_before()
    {
        await using var app = await BuildAsync();
        var commit = app.Services.GetRequiredService<GroupCommit>();
        var device = _devices[0];
        var waiting = new[] { device.Batch(1, 10), device.Batch(11, 20), device.Batch(25, 30), device.Batch(16, 30) }
            .Select(batch => commit.WriteAsync(Append(device, batch), Ct)).ToArray();
        await commit.StartAsync(Ct);
        var outcomes = await Task.WhenAll(waiting);
        await commit.StopAsync(Ct);

        Assert.Equal([10, 20, -1, 30], outcomes.Select(outcome => outcome is WriteOutcome.Acknowledged done ? done.Ack.Watermark : -1));
        Assert.Equal((10, 0, 5), outcomes[3] is WriteOutcome.Acknowledged last ? (last.Stored, last.Refused, last.Replayed) : default);
        Assert.Equal(30, _storage.Count("telemetry_data"));
    }

    [Fact]
    public async Task A_poisonous_batch_fails_alone()
    {
        await using var app = await BuildAsync();
        var commit = app.Services.GetRequiredService<GroupCommit>();
        var poisoned = _devices[1];
        _storage.Query($"""
            INSERT INTO telemetry_data (device_id, recorded_at, epoch, seq, sensor, received_at)
            VALUES ('{poisoned.Id}', {poisoned.ReadingAt(1).RecordedAt}, {poisoned.Epoch}, 1, 'left over', 0)
            """);

        var waiting = _devices.Select(device => commit.WriteAsync(Append(device, device.Batch(1, 10)), Ct)).ToArray();
        await commit.StartAsync(Ct);

        await Assert.ThrowsAnyAsync<DbException>(() => waiting[1]);
        Assert.All(await Task.WhenAll(waiting[0], waiting[2], waiting[3]), outcome => Assert.IsType<WriteOutcome.Acknowledged>(outcome));
        Assert.Equal(31, _storage.Count("telemetry_data"));
        Assert.Empty(_storage.Query($"SELECT 1 FROM streams WHERE device_id = '{poisoned.Id}'"));
        await commit.StopAsync(Ct);
    }

    [Fact]
    public async Task A_refused_batch_does_not_hurt_its_neighbours()
    {
        await using var app = await BuildAsync();
        var commit = app.Services.GetRequiredService<GroupCommit>();
        var waiting = new[]
        {
            commit.WriteAsync(Append(_devices[0], _devices[0].Batch(1, 10)), Ct),
            commit.WriteAsync(Append(_devices[1], _devices[1].Batch(2, 10)), Ct),
            commit.WriteAsync(Append(_devices[2], _devices[2].Batch(1, 10).With(firstValue: 0)), Ct),
            commit.WriteAsync(Append(_devices[3], _devices[3].Batch(1, 10)), Ct),
        };
        await commit.StartAsync(Ct);
        var outcomes = await Task.WhenAll(waiting);
        await commit.StopAsync(Ct);

        Assert.Equal(["Acknowledged", "Conflict", "Conflict", "Acknowledged"], outcomes.Select(outcome => outcome.GetType().Name));
        Assert.Equal([_devices[0].Id.ToString(), _devices[3].Id.ToString()], _storage.Query("SELECT device_id FROM streams ORDER BY epoch"));
        Assert.Equal(["2"], _storage.Query("SELECT count(*) FROM sync_status WHERE boot IS NOT NULL"));
    }

    [Fact]
    public async Task A_full_queue_answers_503_with_retry_after()
    {
        await using var host = await IngestHost.StartAsync(_storage, ("Ingest:Writers", "1"), ("Ingest:QueueWritesMax", "1"), ("Ingest:CommitRowsMax", "1"), ("Ingest:RetryAfter", "00:00:07"));
        using var blocker = _storage.Block(_devices);

        // The writer holds one, the queue one: of three, at least one finds no place.
        var sent = _devices.Take(3).Select(device => host.SendAsync(device, device.Batch(1, 10))).ToList();
        using var refused = await await Task.WhenAny(sent);
        blocker.Dispose();
        var answers = await Task.WhenAll(sent);

        await refused.ProblemAsync(ProblemTypes.Overloaded);
        Assert.Equal(TimeSpan.FromSeconds(7), refused.Headers.RetryAfter?.Delta);
        Assert.Equal(10L * answers.Count(answer => answer.StatusCode == HttpStatusCode.OK), _storage.Count("telemetry_data"));
    }

    [Fact]
    public async Task A_stopping_service_commits_what_waits_and_refuses_the_rest()
    {
        await using var app = await BuildAsync();
        var commit = app.Services.GetRequiredService<GroupCommit>();
        await commit.StartAsync(Ct);
        var before = commit.WriteAsync(Append(_devices[0], _devices[0].Batch(1, 10)), Ct);
        await commit.StopAsync(Ct);
        var after = await commit.WriteAsync(Append(_devices[1], _devices[1].Batch(1, 10)), Ct);

        Assert.IsType<WriteOutcome.Acknowledged>(await before);
        Assert.IsType<WriteOutcome.Stopping>(after);
        Assert.Equal(10, _storage.Count("telemetry_data"));
    }

    [Fact]
    public async Task A_service_that_may_wait_no_longer_stores_all_of_a_batch_or_nothing()
    {
        await using var app = await BuildAsync(("Ingest:CommitRowsMax", "1"));
        var commit = app.Services.GetRequiredService<GroupCommit>();
        var blocker = _storage.Block(_devices);
        await commit.StartAsync(Ct);
        var waiting = _devices.Select(device => commit.WriteAsync(Append(device, device.Batch(1, 10)), Ct)).ToArray();
        var stopped = commit.StopAsync(new CancellationToken(canceled: true));
        blocker.Dispose();
        await stopped;

        var outcomes = await Task.WhenAll(waiting);
        var stored = outcomes.Count(outcome => outcome is WriteOutcome.Acknowledged);
        Assert.All(outcomes, outcome => Assert.True(outcome is WriteOutcome.Acknowledged or WriteOutcome.Stopping));
        Assert.IsType<WriteOutcome.Stopping>(outcomes[^1]);
        Assert.Equal(10 * stored, _storage.Count("telemetry_data"));
    }

    private protected static AppendRequest Append(TestDevice device, TelemetryBatch batch) => new(device.Id, CheckedBatch.Of(batch), TestDevice.Start);

    // Not started: what is queued before the writers start is their first group.
    private Task<WebApplication> BuildAsync(params (string Key, string Value)[] settings) => IngestHost.ReadyAsync(_storage, new FakeTimeProvider(), settings);
}

public sealed class GroupCommitOnSqlite() : GroupCommitTests(StorageKind.Sqlite)
{
    [Fact]
    public async Task A_database_that_cannot_be_opened_answers_503()
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Sqlite);
        host.Storage.Lose();
        var device = new TestDevice().Produce(10);

        using var telemetry = await host.SendAsync(device, device.Batch(1, 10));
        using var digests = await host.PostAsync(device, Routes.TelemetryDigests, new DigestQuery(device.Epoch, [1]));

        await telemetry.ProblemAsync(ProblemTypes.Unavailable);
        await digests.ProblemAsync(ProblemTypes.Unavailable);
        Assert.NotNull(telemetry.Headers.RetryAfter);
    }
}

public sealed class GroupCommitOnServer() : GroupCommitTests(StorageKind.Server)
{
    [Fact]
    public async Task A_writer_with_work_waits_for_more_and_an_idle_one_does_not()
    {
        await using var storage = await TestStorage.CreateAsync(StorageKind.Server);
        var time = new FakeTimeProvider(Microseconds.ToTime(TestDevice.Start));
        await using var app = await IngestHost.ReadyAsync(storage, time, ("Ingest:Writers", "1"), ("Ingest:CommitRowsMax", "10"), ("Ingest:CommitWait", "00:00:00.005"));
        var commit = app.Services.GetRequiredService<GroupCommit>();
        var device = new TestDevice().Produce(30);
        var (idle, busy) = (commit.WriteAsync(Append(device, device.Batch(1, 10)), Ct), commit.WriteAsync(Append(device, device.Batch(11, 20)), Ct));
        await commit.StartAsync(Ct);
        Assert.Equal(TestDevice.Start, ServerTime(await idle));
        while (!busy.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        Assert.True(ServerTime(await busy) >= TestDevice.Start + 5_000);
        Assert.Equal(time.GetMicroseconds(), ServerTime(await commit.WriteAsync(Append(device, device.Batch(21, 30)), Ct)));
        await commit.StopAsync(Ct);

        static long ServerTime(WriteOutcome outcome) => Assert.IsType<WriteOutcome.Acknowledged>(outcome).Ack.ServerTime;
    }
}
