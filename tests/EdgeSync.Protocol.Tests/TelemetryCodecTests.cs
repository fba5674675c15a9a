using System.Text;
using CsCheck;

namespace EdgeSync.Protocol.Tests;

public sealed class TelemetryCodecTests
{
    private static readonly Gen<Reading> AnyReading =
        from sensor in Gen.String[Gen.Char['a', 'f'], 1, 3]
        from time in Gen.Frequency((5, Gen.Long[1_700_000_000_000_000, 1_800_000_000_000_000]), (1, Gen.Long))
        from value in Gen.Frequency((4, Gen.Double.Select(v => (double?)v)), (1, Gen.Const((double?)null)))
        from payload in Gen.Frequency((4, Gen.Const((string?)null)), (1, Gen.Const((string?)"""{"a":1}""")))
        from replay in Gen.Frequency((6, Gen.Const((EntryName?)null)), (1, Gen.Long[1, 9].Select(n => (EntryName?)new EntryName(new Epoch(n), n))))
        select new Reading(sensor, time, value, payload, replay);

    private static readonly Gen<TelemetryBatch> AnyBatch =
        from first in Gen.Long[1, 1_000_000]
        from readings in AnyReading.List[0, 30]
        from gaps in Gen.Int[0, 5].List[readings.Count + 1]
        from end in Gen.Int[1, 4]
        select Build(first, readings, gaps, end);

    [Fact]
    public void What_is_encoded_is_decoded_as_protobuf_and_as_JSON() => AnyBatch.Sample(batch =>
    {
        Batches.AssertEqual(batch, TelemetryCodec.DecodeProtobuf(TelemetryCodec.EncodeProtobuf(batch)));
        Batches.AssertEqual(batch, TelemetryCodec.DecodeJson(Encoding.UTF8.GetBytes(TelemetryCodec.EncodeJson(batch))));
    }, iter: 500);

    [Fact]
    public void Mutated_bytes_are_refused_or_decoded_but_never_break_the_decoder() =>
        Gen.Select(AnyBatch, Gen.Int[0, int.MaxValue], Gen.Byte).Sample((batch, where, with) =>
        {
            var bytes = TelemetryCodec.EncodeProtobuf(batch);
            bytes[where % bytes.Length] = with;
            try
            {
                var decoded = TelemetryCodec.DecodeProtobuf(bytes);
                Assert.True(decoded.EntryCount > 0 && decoded.Last >= decoded.First);
            }
            catch (MalformedBatchException)
            {
                // Refused, with a sentence.
            }
        }, iter: 5_000);

    [Theory]
    [InlineData("""{}""", "epoch")]
    [InlineData("""{"epoch":"1","first":"0","boot":"1"}""", "first")]
    [InlineData("""{"epoch":"1","first":"1","boot":"1","timeDeltas":["0"]}""", "sensorIndexes")]
    [InlineData("""{"epoch":"1","first":"1","boot":"1","digestBefore":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","digestAfter":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","sensorIndexes":[0],"timeDeltas":["0"],"values":[1]}""", "outside sensors")]
    [InlineData("""{"epoch":"1","first":"1","boot":"1","digestBefore":"AAAA"}""", "digestBefore")]
    [InlineData("""[1]""", "JSON")]
    [InlineData("""not json""", "JSON")]
    public void A_body_whose_columns_do_not_fit_is_refused_with_the_field_at_fault(string json, string says)
    {
        var e = Assert.Throws<MalformedBatchException>(() => TelemetryCodec.DecodeJson(Encoding.UTF8.GetBytes(json)));

        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_readings_take_about_a_kilobyte()
    {
        var builder = new TelemetryBatchBuilder(Samples.Epoch, 1, default);
        for (var i = 0; i < 100; i++)
        {
            builder.Add(new Reading(i % 2 == 0 ? "temperature" : "pressure", Samples.Time + i * 1_000_000L, 20 + i / 7.0), default);
        }

        Assert.InRange(TelemetryCodec.EncodeProtobuf(builder.Build(Samples.Boot, Samples.Time)).Length, 900, 1_500);
    }

    private static TelemetryBatch Build(long first, List<Reading> readings, List<int> gaps, int end)
    {
        var builder = new TelemetryBatchBuilder(Samples.Epoch, first, Samples.DigestOf(9));
        for (var i = 0; i <= readings.Count; i++)
        {
            var length = i == readings.Count ? end : Math.Max(0, gaps[i] - 3);
            if (length > 0)
            {
                builder.Add(new Gap(builder.NextNumber, builder.NextNumber + length - 1, (GapReason)(1 + length % 4), Samples.DigestOf((byte)i)));
            }

            if (i < readings.Count)
            {
                builder.Add(readings[i], Samples.DigestOf((byte)(i + 100)));
            }
        }

        return builder.Build(Samples.Boot, Samples.Time);
    }
}
