using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

public sealed class AppendDecisionTests
{
    private const long Now = 1_900_000_000_000_000;
    private static readonly Digest Other = DigestChain.Origin(new DeviceId(Guid.Parse("aaaaaaaa-0000-0000-0000-000000000001")), new Epoch(1));
    private readonly TestDevice _device = new TestDevice().Produce(3_000);

    [Theory]
    [InlineData(0, 1, 10, 10)]
    [InlineData(5, 6, 10, 5)]
    [InlineData(5, 1, 10, 5)]
    [InlineData(5, 5, 6, 1)]
    [InlineData(0, 1, 1, 1)]
    public void What_lies_above_the_watermark_is_stored(int watermark, long from, long to, int stored)
    {
        var plan = Assert.IsType<AppendDecision.Append>(Decide(At(watermark), _device.Batch(from, to))).Plan;

        Assert.Equal(Enumerable.Range(watermark + 1, stored).Select(number => (long)number), plan.Rows.Select(row => row.Number));
        Assert.All(plan.Rows, row => Assert.Equal(_device.ReadingAt(row.Number), plan.Source.ReadingAt(row.Index)));
        Assert.Equal((to, _device.DigestAt(to), to), (plan.After.Watermark, plan.After.Digest, plan.After.Stored));
        Assert.Equal(watermark + 1, plan.First);
    }

    [Theory]
    [InlineData(10, 1, 10)]
    [InlineData(10, 4, 10)]
    [InlineData(10, 2, 5)]
    public void What_lies_below_the_watermark_is_replayed(int watermark, long from, long to) =>
        Assert.Equal(watermark, Assert.IsType<AppendDecision.Replayed>(Decide(At(watermark), _device.Batch(from, to))).At.Watermark);

    [Theory]
    [InlineData(0, 2)]
    [InlineData(5, 7)]
    public void A_batch_beyond_the_next_number_is_a_hole(int watermark, long from)
    {
        var hole = Assert.IsType<AppendDecision.Hole>(Decide(At(watermark), _device.Batch(from, from + 3).With(before: Other)));

        Assert.Equal((watermark, _device.DigestAt(watermark)), (hole.At.Watermark, hole.At.Digest));
    }

    [Fact]
    public void Another_history_before_the_batch_is_a_digest_mismatch() =>
        Assert.IsType<AppendDecision.DigestMismatch>(Decide(At(5), _device.Batch(6, 9).With(before: Other)));

    [Fact]
    public void The_first_batch_of_a_stream_begins_at_its_origin() =>
        Assert.IsType<AppendDecision.DigestMismatch>(Decide(null, _device.Batch(1, 9).With(before: Other)));

    [Theory]
    [InlineData(1, 9)]
    [InlineData(5, 9)]
    [InlineData(1, 5)]
    public void Another_reading_at_or_below_the_watermark_is_a_digest_mismatch(long from, long to) =>
        Assert.IsType<AppendDecision.DigestMismatch>(Decide(At(5), _device.Batch(from, to).With(firstValue: -1)));

    [Theory]
    [InlineData(6, 9)]
    [InlineData(2, 9)]
    [InlineData(2, 4)]
    public void Entries_that_do_not_add_up_are_a_content_mismatch(long from, long to) =>
        Assert.IsType<AppendDecision.ContentMismatch>(Decide(At(5), _device.Batch(from, to).With(after: Other)));

    [Fact]
    public void A_gap_across_the_watermark_counts_from_there()
    {
        var plan = Assert.IsType<AppendDecision.Append>(Decide(At(5), _device.Batch(2, 12, (4, 9)))).Plan;

        Assert.Equal([new PlannedGap(new Gap(6, 9, GapReason.Retention, _device.DigestAt(9)), _device.DigestAt(5))], plan.Gaps);
        Assert.Equal([10L, 11L, 12L], plan.Rows.Select(row => row.Number));
        Assert.Equal((12, 8, 4), (plan.After.Watermark, plan.After.Stored, plan.After.Gaps));
    }

    [Fact]
    public void A_gap_that_ends_at_the_watermark_is_compared() =>
        Assert.IsType<AppendDecision.DigestMismatch>(Decide(At(5) with { Digest = Other }, _device.Batch(2, 12, (3, 5))));

    [Fact]
    public void History_before_a_gap_across_the_watermark_cannot_be_compared() =>
        Assert.IsType<AppendDecision.Append>(Decide(At(5), _device.Batch(2, 12, (4, 9)).With(firstValue: -1)));

    [Fact]
    public void A_batch_that_is_one_gap_moves_the_watermark()
    {
        var plan = Assert.IsType<AppendDecision.Append>(Decide(null, _device.Batch(1, 3_000, (1, 3_000)))).Plan;

        Assert.Empty(plan.Rows);
        Assert.Equal((3_000, 3_000, _device.DigestAt(3_000)), (plan.After.Watermark, plan.After.Gaps, plan.After.Digest));
    }

    [Fact]
    public void A_bad_reading_is_refused_alone_and_stays_in_the_chain()
    {
        var device = new TestDevice().Produce(2).Produce(new Reading("", 0, 1)).Produce(1);
        var plan = Assert.IsType<AppendDecision.Append>(AppendDecision.Of(null, device.Stream, CheckedBatch.Of(device.Batch(1, 4)), Now)).Plan;

        Assert.Equal([new PlannedRefusal(3, ReadingRefusal.SensorEmpty, device.DigestAt(3), device.DigestAt(2))], plan.Refusals);
        Assert.Equal([1L, 2L, 4L], plan.Rows.Select(row => row.Number));
        Assert.Equal((4, 3, 1, device.DigestAt(4)), (plan.After.Watermark, plan.After.Stored, plan.After.Refused, plan.After.Digest));
    }

    [Fact]
    public void Checkpoints_lie_at_multiples_of_the_interval_and_bound_the_readings_between()
    {
        var plan = Assert.IsType<AppendDecision.Append>(Decide(At(1_000), _device.Batch(1_001, 2_100))).Plan;

        Assert.Equal([1_024L, 2_048L], plan.Checkpoints.Select(checkpoint => checkpoint.Number));
        Assert.All(plan.Checkpoints, checkpoint => Assert.Equal(_device.DigestAt(checkpoint.Number), checkpoint.Digest));
        Assert.Equal(_device.ReadingAt(1).RecordedAt, plan.Checkpoints[0].Block.RecordedMin);
        Assert.Equal(_device.ReadingAt(1_025).RecordedAt, plan.Checkpoints[1].Block.RecordedMin);
        Assert.Equal(_device.ReadingAt(2_048).RecordedAt, plan.Checkpoints[1].Block.RecordedMax);
        Assert.Equal((_device.ReadingAt(2_049).RecordedAt, _device.ReadingAt(2_100).RecordedAt), (plan.After.Block.RecordedMin, plan.After.Block.RecordedMax));
    }

    [Fact]
    public void A_gap_over_a_multiple_has_its_checkpoint_at_its_end()
    {
        var plan = Assert.IsType<AppendDecision.Append>(Decide(At(1_000), _device.Batch(1_001, 1_300, (1_010, 1_200)))).Plan;

        Assert.Equal((1_200L, _device.DigestAt(1_200)), (plan.Checkpoints.Single().Number, plan.Checkpoints.Single().Digest));
        Assert.Equal(_device.ReadingAt(1_009).RecordedAt, plan.Checkpoints.Single().Block.RecordedMax);
        Assert.Equal(_device.ReadingAt(1_201).RecordedAt, plan.After.Block.RecordedMin);
    }

    [Fact]
    public void A_gap_as_wide_as_numbers_go_is_one_entry()
    {
        var wide = new TelemetryBatchBuilder(_device.Epoch, 1, _device.DigestAt(0));
        wide.Add(new Gap(1, long.MaxValue - 10_000, GapReason.Corrupt, Other));
        var plan = Assert.IsType<AppendDecision.Append>(Decide(null, wide.Build(_device.Boot, 0))).Plan;

        Assert.Single(plan.Checkpoints);
        Assert.Equal(long.MaxValue - 10_000, plan.After.Watermark);
    }

    private AppendDecision Decide(StreamState? state, TelemetryBatch batch) => AppendDecision.Of(state, _device.Stream, CheckedBatch.Of(batch), Now);

    private StreamState At(int watermark) => watermark == 0
        ? StreamState.Opened(_device.Stream, Now)
        : Assert.IsType<AppendDecision.Append>(Decide(null, _device.Batch(1, watermark))).Plan.After;
}
