using CsCheck;

namespace EdgeSync.Protocol.Tests;

public sealed class DigestChainTests
{
    private static readonly Reading Plain = new("temperature", Samples.Time, 21.5, """{"a":1}""", new EntryName(new Epoch(1), 2));

    [Fact]
    public void The_two_zeros_are_one_reading() =>
        Assert.Equal(DigestChain.Next(default, Plain with { Value = 0.0 }), DigestChain.Next(default, Plain with { Value = -0.0 }));

    [Fact]
    public void Every_part_of_a_reading_changes_its_digest()
    {
        Reading[] others =
        [
            Plain with { Sensor = "temperaturf" }, Plain with { RecordedAt = Samples.Time + 1 }, Plain with { Value = Math.BitIncrement(21.5) }, Plain with { Value = null },
            Plain with { Payload = """{"a": 1}""" }, Plain with { Payload = null }, Plain with { ReplayOf = null }, Plain with { ReplayOf = new EntryName(new Epoch(1), 3) },
        ];

        var digests = others.Append(Plain).Select(reading => DigestChain.Next(default, reading)).ToList();

        Assert.Distinct(digests);
    }

    [Fact]
    public void Streams_begin_with_digests_of_their_own() =>
        Assert.Distinct(new[]
        {
            DigestChain.Origin(Samples.Device, new Epoch(1)),
            DigestChain.Origin(Samples.Device, new Epoch(2)),
            DigestChain.Origin(new DeviceId(Guid.Parse("11111111-1111-4111-8111-111111111111")), new Epoch(1)),
        });

    [Fact]
    public void A_payload_of_any_size_has_a_digest() => Gen.Int[0, 20_000].Sample(length =>
    {
        var reading = Plain with { Payload = new string('x', length) };

        Assert.Equal(DigestChain.Next(default, reading), DigestChain.Next(default, reading));
        Assert.NotEqual(DigestChain.Next(default, reading), DigestChain.Next(default, reading with { Payload = reading.Payload + "x" }));
    }, iter: 50);

    [Fact]
    public void A_digest_is_read_as_it_was_written() => Gen.Byte.Array[32].Sample(bytes =>
    {
        var digest = new Digest(bytes);

        Assert.True(Digest.TryParse(digest.ToString(), out var parsed));
        Assert.Equal(digest, parsed);
        Assert.Equal(bytes, digest.ToArray());
    });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("zz00000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_no_digest_is_not_read(string? text) => Assert.False(Digest.TryParse(text, out _));
}
