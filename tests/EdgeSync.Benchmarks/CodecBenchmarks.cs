using System.Text;
using BenchmarkDotNet.Attributes;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>A batch of 100 readings to bytes and back, each a reading's share; the rules beside them.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private const int Readings = 100;
    private readonly TelemetryBatch _batch = Build();
    private byte[] _protobuf = [];
    private byte[] _json = [];

    [GlobalSetup]
    public void Encode()
    {
        _protobuf = TelemetryCodec.EncodeProtobuf(_batch);
        _json = Encoding.UTF8.GetBytes(TelemetryCodec.EncodeJson(_batch));
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Readings)]
    public TelemetryBatch DecodeProtobuf() => TelemetryCodec.DecodeProtobuf(_protobuf);

    [Benchmark(OperationsPerInvoke = Readings)]
    public byte[] EncodeProtobuf() => TelemetryCodec.EncodeProtobuf(_batch);

    [Benchmark(OperationsPerInvoke = Readings)]
    public TelemetryBatch DecodeJson() => TelemetryCodec.DecodeJson(_json);

    [Benchmark(OperationsPerInvoke = Readings)]
    public string EncodeJson() => TelemetryCodec.EncodeJson(_batch);

    [Benchmark(OperationsPerInvoke = Readings)]
    public int Rules()
    {
        var refused = 0;
        for (var i = 0; i < Readings; i++)
        {
            refused += ReadingRules.Check(_batch.ReadingAt(i)) == ReadingRefusal.None ? 0 : 1;
        }

        return refused;
    }

    private static TelemetryBatch Build()
    {
        var builder = new TelemetryBatchBuilder(new Epoch(8_123_372_036_854_775_807), 1, default);
        for (var i = 0; i < Readings; i++)
        {
            builder.Add(new Reading(i % 2 == 0 ? "temperature" : "pressure", 1_795_500_000_000_000 + i * 1_000_000L, 20 + i / 7.0), default);
        }

        return builder.Build(new Boot(1, 1), 1_795_500_000_000_000);
    }
}
