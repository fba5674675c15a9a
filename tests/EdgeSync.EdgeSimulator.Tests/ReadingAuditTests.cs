using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>What accounts for a reading that a device acknowledged to its sensor.</summary>
public sealed class ReadingAuditTests
{
    private static readonly Epoch Stream = new(11);
    private static readonly Reading Sample = new("temperature", 100, 1.5);
    private static readonly EntryName Name = new(Stream, 7);
    private static readonly StoredDevice NothingStored = new([], [], new Dictionary<EntryName, Digest>(), [], new Dictionary<EntryName, Digest>(), 0, new Dictionary<string, ConfigEntry>(), [], new Dictionary<long, long>());
    private static readonly DeviceFile EmptyFile = new("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10", [], [], new HashSet<(string, long)>(), [], 0, new Dictionary<string, DeviceConfigRow>(), []);

    [Fact]
    public void A_row_in_the_control_plane_is_stored() => AssertBalanced(Check(NothingStored with { Readings = [Row(Sample)] }), stored: 1);

    [Fact]
    public void A_row_on_the_device_is_pending() => AssertBalanced(Check(NothingStored, EmptyFile with { Pending = [Sample] }), pending: 1);

    [Fact]
    public void A_row_on_both_is_stored_and_its_answer_was_lost()
    {
        var audit = Check(NothingStored with { Readings = [Row(Sample)] }, EmptyFile with { Pending = [Sample] });

        Assert.Equal((1, 0), (audit.Stored, audit.Lost));
        Assert.True(audit.Passed);
    }

    [Fact]
    public void A_refusal_in_the_control_plane_is_refused() =>
        AssertBalanced(Check(NothingStored with { Refusals = new Dictionary<EntryName, Digest> { [Name] = default } }), refused: 1);

    [Fact]
    public void A_dead_letter_on_the_device_is_refused() =>
        AssertBalanced(Check(NothingStored, EmptyFile with { DeadLetters = new HashSet<(string, long)> { ("temperature", 100) } }), refused: 1);

    [Fact]
    public void A_gap_in_the_control_plane_is_dropped() => AssertBalanced(Check(NothingStored with { Gaps = [new StoredGap(Stream.Value, 5, 7, default)] }), dropped: 1);

    [Fact]
    public void A_gap_on_the_device_is_dropped() => AssertBalanced(Check(NothingStored, EmptyFile with { Gaps = [(Stream.Value, 7, 9)] }), dropped: 1);

    [Theory]
    [InlineData(1, 6)]
    [InlineData(8, 9)]
    public void A_gap_beside_it_does_not_count(long from, long to) => Assert.Equal(1, Check(NothingStored with { Gaps = [new StoredGap(Stream.Value, from, to, default)] }).Lost);

    [Fact]
    public void Rows_whose_time_was_over_are_expired_as_many_as_the_stream_says()
    {
        var stored = NothingStored with { Streams = [new StoredStream(Stream.Value, 9, default, 9, 0, 0, Expired: 1)] };
        var audit = new AuditResult();

        ReadingAudit.Check("device", [new ProducedReading(Sample, Name), new ProducedReading(Sample with { RecordedAt = 101 }, new EntryName(Stream, 8))], EmptyFile, stored, audit);

        Assert.Equal((2, 1, 1), (audit.Produced, audit.Expired, audit.Lost));
    }

    [Fact]
    public void What_is_nowhere_is_lost()
    {
        var audit = Check(NothingStored);

        Assert.Equal(1, audit.Lost);
        Assert.Equal("device 11:7: temperature 1.5 at 100 was acknowledged to its sensor and is nowhere", Assert.Single(audit.Differences));
    }

    [Fact]
    public void A_device_without_a_file_has_nothing_pending() => Assert.Equal(1, Check(NothingStored, file: null).Lost);

    [Fact]
    public void What_was_never_acknowledged_need_not_be_there()
    {
        var audit = new AuditResult();

        ReadingAudit.Check("device", [new ProducedReading(Sample, null)], EmptyFile, NothingStored, audit);

        Assert.Equal((0, true), (audit.Produced, audit.Passed));
    }

    [Theory]
    [InlineData(0.0, -0.0, 0)]
    [InlineData(1.0, 1.0000000000000002, 1)]
    [InlineData(double.Epsilon, 0.0, 1)]
    [InlineData(1.0, null, 1)]
    public void A_value_is_the_same_when_its_bits_are_and_the_two_zeros_are_one(double? produced, double? stored, long altered)
    {
        var audit = new AuditResult();

        ReadingAudit.Check(
            "device",
            [new ProducedReading(Sample with { Value = produced, Payload = "1" }, Name)],
            EmptyFile,
            NothingStored with { Readings = [Row(Sample with { Value = stored, Payload = "1" })] },
            audit);

        Assert.Equal(altered, audit.Altered);
    }

    private static StoredReading Row(Reading reading) => new(Name, reading, ReceivedAt: 200);

    private static AuditResult Check(StoredDevice stored) => Check(stored, EmptyFile);

    private static AuditResult Check(StoredDevice stored, DeviceFile? file)
    {
        var audit = new AuditResult();
        ReadingAudit.Check("device", [new ProducedReading(Sample, Name)], file, stored, audit);
        return audit;
    }

    private static void AssertBalanced(AuditResult audit, long stored = 0, long refused = 0, long dropped = 0, long pending = 0)
    {
        Assert.Equal((stored, refused, dropped, pending), (audit.Stored, audit.Refused, audit.Dropped, audit.Pending));
        Assert.Equal(1, audit.Produced);
        Assert.True(audit.Passed, string.Join('\n', audit.Differences));
    }
}
