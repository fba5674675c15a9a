using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>What the chain costs a reading (ADR 1): one hash over D(n-1) and the canonical bytes, against hashing the reading first and then both digests.</summary>
[MemoryDiagnoser]
public class DigestBenchmarks
{
    private const int Readings = 100;
    private readonly Reading[] _readings = [.. Enumerable.Range(0, Readings).Select(i => new Reading("temperature", 1_795_500_000_000_000 + i, 20 + i / 7.0))];

    [Benchmark(Baseline = true, OperationsPerInvoke = Readings)]
    public Digest OneHash()
    {
        var digest = default(Digest);
        foreach (var reading in _readings)
        {
            digest = DigestChain.Next(digest, reading);
        }

        return digest;
    }

    [Benchmark(OperationsPerInvoke = Readings)]
    public Digest HashOfHash()
    {
        Span<byte> both = stackalloc byte[2 * Digest.Bytes];
        var digest = default(Digest);
        foreach (var reading in _readings)
        {
            digest.CopyTo(both);
            SHA256.HashData(DigestChain.Canonical(reading), both[Digest.Bytes..]);
            digest = new Digest(SHA256.HashData(both));
        }

        return digest;
    }
}
