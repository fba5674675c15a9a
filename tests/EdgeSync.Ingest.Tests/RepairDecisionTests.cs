using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

/// <summary>Numbers 1 to 8 of a stream: readings, but 3 is refused and 5 and 6 are a gap.</summary>
public sealed class RepairDecisionTests
{
    private const long Last = 8;
    private static readonly long Received = TestDevice.Start + 60_000_000;

    private readonly TestDevice _device = new TestDevice().Produce(2).Produce(new Reading("", TestDevice.Start, 3)).Produce(5);

    private Block Block => new(0, _device.DigestAt(0), Last, _device.DigestAt(Last), new BlockBounds(_device.ReadingAt(1).RecordedAt, _device.ReadingAt(8).RecordedAt, Received, Received), IsOpen: true);

    private BlockEntries Whole => new(
        [.. new[] { 1L, 2, 4, 7, 8 }.Select(Row)],
        [new RefusedEntry(3, ReadingRefusal.SensorEmpty, _device.DigestAt(3), _device.DigestAt(2))],
        [new GapEntry(new Gap(5, 6, GapReason.Retention, _device.DigestAt(6)), _device.DigestAt(4))]);

    [Fact]
    public void A_block_that_is_whole_leads_from_digest_to_digest_and_stays_as_it_is()
    {
        Assert.Equal(_device.DigestAt(Last), Whole.Walk(Block, Block.Before));
        Assert.Equal([new NumberRange(3, 3), new NumberRange(5, 6)], Whole.Unstored(1, 8));
        AssertNothing(Decide(Whole, [.. Enumerable.Range(1, 8).Select(number => (long)number)]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_lost_and_an_altered_reading_come_back_as_they_were_received(long number)
    {
        var lost = Whole with { Rows = [.. Whole.Rows.Where(row => row.Number != number)] };
        var altered = Whole with { Rows = [.. Whole.Rows.Select(row => row.Number == number ? row with { RecordedAt = 5, Reading = row.Reading with { RecordedAt = 5 } } : row)] };

        Assert.Null(lost.Walk(Block, Block.Before));
        foreach (var (entries, deleted) in ((BlockEntries, int)[])[(lost, 0), (altered, 1)])
        {
            var plan = Decide(entries, number)!;
            Assert.Equal((Row(number), deleted), (Assert.Single(plan.Insert), plan.Delete.Count));
            Assert.Equal(Block.Bounds, plan.Bounds);
        }
    }

    [Fact]
    public void A_second_row_goes_whether_it_lies_among_the_others_or_not()
    {
        var near = Whole with { Rows = [.. Whole.Rows, Row(4) with { RecordedAt = _device.ReadingAt(4).RecordedAt + 1 }] };
        var far = Whole with { Rows = [.. Whole.Rows, Row(4) with { RecordedAt = 7 }] };

        Assert.Equal(_device.ReadingAt(4).RecordedAt + 1, Assert.Single(Decide(near, 4)!.Delete).RecordedAt);
        Assert.Equal(7, Assert.Single(Decide(far, 8)!.Delete).RecordedAt);
        Assert.Null(Decide(near, 8));
    }

    [Fact]
    public void A_lost_refusal_and_a_lost_gap_come_back_as_what_they_were()
    {
        Assert.Equal(Whole.Refusals, Decide(Whole with { Refusals = [] }, 3)!.Refusals);
        Assert.Equal(Whole.Gaps, Decide(Whole with { Gaps = [] }, 5)!.Gaps);
        // No gap takes the place of a reading.
        Assert.Null(Decide(Whole with { Gaps = [], Rows = [.. Whole.Rows, Row(5)] }, 5));
    }

    [Fact]
    public void What_lies_before_an_entry_without_a_reading_is_proved_by_the_digest_before_it()
    {
        var other = new TestDevice { Id = _device.Id, Epoch = _device.Epoch };
        for (var number = 1; number <= Last; number++)
        {
            other.Produce(_device.ReadingAt(number) with { Value = 5 });
        }

        foreach (var number in (long[])[2, 4, 7])
        {
            var lost = Whole with { Rows = [.. Whole.Rows.Where(row => row.Number != number)] };
            Assert.Null(RepairDecision.Of(Block, lost, new SentEntries(new TelemetryRepair(_device.Epoch, [other.Batch(number, number)], [])), 0));
        }

        // In rows from before it was kept nothing proves it.
        var old = Whole with { Gaps = [Whole.Gaps[0] with { Before = null }], Rows = [.. Whole.Rows.Where(row => row.Number != 4)] };
        Assert.Null(Decide(old, 4));
        AssertNothing(Decide(Whole with { Gaps = [Whole.Gaps[0] with { Before = null }] }, 7));
    }

    [Fact]
    public void An_acknowledged_digest_gives_way_to_rows_that_the_device_bears_out_and_to_nothing_else()
    {
        var wrong = Block with { Digest = _device.DigestAt(1) };
        var sent = new SentEntries(new TelemetryRepair(_device.Epoch, [], [new PositionDigest(Last, _device.DigestAt(Last))]));

        Assert.Equal(_device.DigestAt(Last), RepairDecision.Of(wrong, Whole, sent, 0)!.Digest);
        Assert.Null(RepairDecision.Of(wrong, Whole, new SentEntries(new TelemetryRepair(_device.Epoch, [], [])), 0));
        // Nor is it changed together with rows.
        var both = new SentEntries(new TelemetryRepair(_device.Epoch, [_device.Batch(8, 8)], [new PositionDigest(Last, _device.DigestAt(Last))]));
        Assert.Null(RepairDecision.Of(wrong, Whole with { Rows = [.. Whole.Rows.SkipLast(1)] }, both, 0));
    }

    [Fact]
    public void Damage_shrinks_with_what_is_found_whole()
    {
        var damage = new NumberRange(1_025, 5_000);

        Assert.Null(StreamDamage.Without(damage, [new NumberRange(3_073, 5_000), new NumberRange(1_025, 2_048), new NumberRange(2_049, 3_072)]));
        Assert.Equal(new NumberRange(2_049, 3_072), StreamDamage.Without(damage, [new NumberRange(1_025, 2_048), new NumberRange(3_073, 5_000)]));
        Assert.Equal(damage, StreamDamage.Without(damage, [new NumberRange(2_049, 3_072)]));
        Assert.Equal(new NumberRange(1, 5_000), StreamDamage.With(damage, [new NumberRange(1, 1_024)]));
        Assert.Equal((new NumberRange(2_049, 5_000), null), (StreamDamage.Above(damage, 2_048), StreamDamage.Above(damage, 5_000)));
    }

    private EntryRow Row(long number) => new(number, _device.ReadingAt(number).RecordedAt, Received, _device.ReadingAt(number));

    private RepairPlan? Decide(BlockEntries entries, params long[] numbers) => RepairDecision.Of(
        Block,
        entries,
        new SentEntries(new TelemetryRepair(_device.Epoch, [.. numbers.Select(number => number is 5 or 6 ? _device.Batch(5, 6, (5, 6)) : _device.Batch(number, number)).DistinctBy(run => run.First)], [])),
        now: 0);

    private static void AssertNothing(RepairPlan? plan) => Assert.Equal((0, 0, 0, 0), (plan!.Delete.Count, plan.Insert.Count, plan.Refusals.Count, plan.Gaps.Count));
}
