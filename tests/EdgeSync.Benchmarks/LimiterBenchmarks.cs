using BenchmarkDotNet.Attributes;
using EdgeSync.Gateway;
using EdgeSync.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeSync.Benchmarks;

/// <summary>The gateway's limits of 10,000 devices: a request that passes, and one that is refused; a request's share.</summary>
[MemoryDiagnoser]
public class LimiterBenchmarks
{
    private const int Devices = 10_000;

    private readonly DeviceId[] _devices = [.. Enumerable.Range(1, Devices).Select(i => new DeviceId(new Guid(i, 0, 0, new byte[8])))];
    private RateLimits _passing = null!;
    private RateLimits _refusing = null!;

    [GlobalSetup]
    public void Create()
    {
        _passing = Of(new LimitOptions { DeviceTelemetryPerSecond = 100_000, DeviceTelemetryBurst = 100_000, FleetReadingsPerSecond = 100_000_000, FleetRequestsPerSecond = 10_000_000, FleetRequestsBurst = 10_000_000 });
        _refusing = Of(new LimitOptions { DeviceTelemetryPerSecond = 0.1, DeviceTelemetryBurst = 1 });
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Devices)]
    public int Passes() => Enter(_passing);

    [Benchmark(OperationsPerInvoke = Devices)]
    public int Refuses() => Enter(_refusing);

    private int Enter(RateLimits limits)
    {
        var passed = 0;
        foreach (var device in _devices)
        {
            using var entered = limits.TryEnter(device, RequestLane.Live, 1, out _);
            passed += entered is null ? 0 : 1;
        }

        return passed;
    }

    private static RateLimits Of(LimitOptions limits)
    {
        var configuration = new ConfigurationBuilder().Build();
        return new RateLimits(new LimitSource(configuration, Microsoft.Extensions.Options.Options.Create(limits), new LimitOptionsValidator(), NullLogger<LimitSource>.Instance), TimeProvider.System);
    }
}
