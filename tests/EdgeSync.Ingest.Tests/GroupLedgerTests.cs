using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

public sealed class GroupLedgerTests
{
    private readonly TestDevice _device = new TestDevice().Produce(30);
    private readonly GroupLedger _ledger = new(serverTime: 5);

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, false)]
    [InlineData(2, 9, false)]
    [InlineData(1, 2, true)]
    [InlineData(0, 1, true)]
    public void A_boot_is_stale_when_lower_or_of_another_process(long number, long nonce, bool stale) =>
        Assert.Equal(stale, BootRules.IsStale(new Boot(1, 1), new Boot(number, nonce)));

    [Fact]
    public void The_first_boot_of_a_device_is_the_newest() => Assert.False(BootRules.IsStale(null, new Boot(1, 1)));

    [Fact]
    public void A_newer_run_in_the_group_makes_the_rest_of_the_older_stale()
    {
        var older = Append(1, 10);
        _device.Boot = new Boot(2, 1);
        var newer = Append(11, 20);
        _device.Boot = new Boot(1, 7_777);
        var late = Append(21, 30);

        Assert.IsType<WriteOutcome.Acknowledged>(_ledger.Decide(older));
        Assert.IsType<WriteOutcome.Acknowledged>(_ledger.Decide(newer));
        Assert.Equal(new WriteOutcome.StaleBoot(new Boot(2, 1)), _ledger.Decide(late));
        Assert.Equal(20, _ledger.Stream(_device.Stream)!.Watermark);
    }

    [Fact]
    public void A_refused_write_leaves_no_trace()
    {
        _ledger.Decide(Append(2, 10));

        Assert.Empty(_ledger.Plans);
        Assert.Empty(_ledger.ChangedStreams);
        Assert.Empty(_ledger.ChangedDevices);
    }

    [Fact]
    public void A_replay_touches_the_device_and_not_the_stream()
    {
        var request = Append(1, 10);
        _ledger.PutStream(_device.Stream, Assert.IsType<AppendDecision.Append>(AppendDecision.Of(null, _device.Stream, request.Batch, 1)).Plan.After);

        var done = Assert.IsType<WriteOutcome.Acknowledged>(_ledger.Decide(request));

        Assert.Equal((0, 0, 10), (done.Stored, done.Refused, done.Replayed));
        Assert.Empty(_ledger.ChangedStreams);
        Assert.Equal(9, _ledger.ChangedDevices[_device.Id].LastSeenAt);
    }

    [Fact]
    public void A_batch_after_a_heartbeat_keeps_the_heartbeat()
    {
        var heartbeat = new Heartbeat(_device.Boot, 0, "1", "ok", 0, 0, 0, 0, []);

        _ledger.Decide(new HeartbeatRequest(_device.Id, heartbeat, 8));
        _ledger.Decide(Append(1, 10));

        var seen = _ledger.ChangedDevices[_device.Id];
        Assert.Equal((9, 8, heartbeat), (seen.LastSeenAt, seen.Heartbeat!.ReceivedAt, seen.Heartbeat.Heartbeat));
    }

    private AppendRequest Append(long from, long to) => new(_device.Id, CheckedBatch.Of(_device.Batch(from, to)), ReceivedAt: 9);
}
