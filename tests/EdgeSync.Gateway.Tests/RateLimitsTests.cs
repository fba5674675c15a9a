using EdgeSync.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>Who may send how much, by a clock that stands until it is moved.</summary>
public sealed class RateLimitsTests : IDisposable
{
    private static readonly LimitOptions Small = new()
    {
        DeviceTelemetryPerSecond = 2,
        DeviceTelemetryBurst = 4,
        DeviceControlPerSecond = 1,
        DeviceControlBurst = 2,
        DeviceReadingsPerSecond = 100,
        DeviceReadingsBurst = 200,
        FleetReadingsPerSecond = 1_000,
        FleetReadingsBurst = 1_000,
        FleetRequestsPerSecond = 1_000,
        FleetRequestsBurst = 1_000,
        LiveReserve = 0.25,
        LiveInFlight = 100,
        BacklogInFlight = 2,
        OperatorInFlight = 1,
    };

    private readonly FakeTimeProvider _time = new();
    private readonly DeviceId[] _devices = [.. Enumerable.Range(1, 20).Select(i => new DeviceId(new Guid(i, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1])))];
    private readonly List<IDisposable> _owned = [];

    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    [Fact]
    public void A_device_has_its_burst_and_then_its_rate()
    {
        var limits = Create(Small);
        Assert.Equal(4, Passing(limits, _devices[0], RequestLane.Live, readings: 1, tries: 10));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, Passing(limits, _devices[0], RequestLane.Live, readings: 1, tries: 10));
    }

    [Fact]
    public void One_device_does_not_feel_another()
    {
        var limits = Create(Small);
        Assert.Equal(4, Passing(limits, _devices[0], RequestLane.Live, readings: 1, tries: 500));
        Assert.All(_devices[1..], device => Assert.Equal(4, Passing(limits, device, RequestLane.Live, readings: 1, tries: 4)));
    }

    [Fact]
    public void Telemetry_and_everything_else_do_not_feel_each_other()
    {
        var limits = Create(Small);
        Assert.Equal(4, Passing(limits, _devices[0], RequestLane.Live, readings: 1, tries: 100));
        Assert.Equal(2, Passing(limits, _devices[0], RequestLane.Control, readings: 0, tries: 100));
    }

    [Fact]
    public void A_refusal_names_the_limit_and_when_it_passes()
    {
        var limits = Create(Small);
        Passing(limits, _devices[0], RequestLane.Live, readings: 150, tries: 1);
        Assert.Null(limits.TryEnter(_devices[0], RequestLane.Live, 100, out var hit));
        Assert.Equal(("device-readings", LimitScope.Device, 50), (hit!.Name, hit.Scope, hit.Remaining));
        Assert.InRange(hit.RetryAfter, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.5));
        _time.Advance(hit.RetryAfter);
        Assert.Equal(1, Passing(limits, _devices[0], RequestLane.Live, readings: 100, tries: 1));
    }

    [Fact]
    public void A_refused_request_is_charged_by_no_limit()
    {
        var limits = Create(Small with { FleetReadingsBurst = 150 });
        Passing(limits, _devices[0], RequestLane.Live, readings: 100, tries: 1);
        // The fleet has no room for it, so the device keeps what it had.
        Assert.Null(limits.TryEnter(_devices[1], RequestLane.Live, 100, out var hit));
        Assert.Equal(("fleet-readings", LimitScope.Fleet, 50), (hit!.Name, hit.Scope, hit.Remaining));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(4, Passing(limits, _devices[1], RequestLane.Live, readings: 10, tries: 10));
    }

    [Fact]
    public void Backlog_is_charged_to_what_the_fleet_does_not_use()
    {
        var limits = Create(Small);
        // Far more than the device's own 200 readings, down to the part that is kept for live ones.
        Assert.Equal(3, Passing(limits, _devices[0], RequestLane.Backlog, readings: 200, tries: 20));
        Assert.Null(limits.TryEnter(_devices[0], RequestLane.Backlog, 200, out var hit));
        Assert.Equal(("fleet-readings", LimitScope.Fleet), (hit!.Name, hit.Scope));
        // Live readings have that part, and the device's own budget.
        Assert.Equal(2, Passing(limits, _devices[0], RequestLane.Live, readings: 100, tries: 2));
    }

    // The device has 4 requests, and must have one left for each batch.
    [Theory]
    [InlineData(1, true, 4)]
    [InlineData(100, true, 7)]
    [InlineData(150, true, 13)]
    [InlineData(200, true, 40)]
    [InlineData(5_000, true, 40)]
    [InlineData(5_000, false, 4)]
    public void An_accepted_backlog_batch_is_a_request_of_its_device_as_far_as_it_is_not_full(int readings, bool isAccepted, int passing)
    {
        var limits = Create(Small with { FleetReadingsBurst = 1_000_000 });
        Assert.Equal(passing, Passing(limits, _devices[0], RequestLane.Backlog, readings, tries: 40, isAccepted));
    }

    [Fact]
    public void A_device_has_one_backlog_batch_under_way()
    {
        var limits = Create(Small);
        var first = limits.TryEnter(_devices[0], RequestLane.Backlog, 10, out _);
        Assert.Null(limits.TryEnter(_devices[0], RequestLane.Backlog, 10, out var hit));
        Assert.Equal("device-backlog-in-flight", hit!.Name);
        Assert.Equal(1, Passing(limits, _devices[0], RequestLane.Live, readings: 10, tries: 1));
        first!.Dispose();
        Assert.Equal(1, Passing(limits, _devices[0], RequestLane.Backlog, readings: 10, tries: 1));
    }

    [Fact]
    public void Each_lane_has_room_of_its_own()
    {
        var limits = Create(Small);
        var underWay = _devices[..2].Select(device => limits.TryEnter(device, RequestLane.Backlog, 1, out _)).ToList();
        Assert.Null(limits.TryEnter(_devices[2], RequestLane.Backlog, 1, out var hit));
        Assert.Equal(("backlog-in-flight", LimitScope.Gateway), (hit!.Name, hit.Scope));
        Assert.Equal(1, Passing(limits, _devices[2], RequestLane.Live, readings: 1, tries: 1));
        Assert.Equal(1, Passing(limits, _devices[2], RequestLane.Control, readings: 0, tries: 1));

        using var desk = limits.TryEnter(null, RequestLane.Operator, 0, out _);
        Assert.Null(limits.TryEnter(null, RequestLane.Operator, 0, out hit));
        Assert.Equal("operator-in-flight", hit!.Name);
        underWay.ForEach(entered => entered!.Dispose());
        Assert.Equal(1, Passing(limits, _devices[2], RequestLane.Backlog, readings: 1, tries: 1));
    }

    [Fact]
    public void Devices_that_rest_are_forgotten_and_those_that_do_not_are_kept()
    {
        var limits = Create(Small);
        Array.ForEach(_devices, device => Passing(limits, device, RequestLane.Live, readings: 10, tries: 1));
        using var underWay = limits.TryEnter(_devices[0], RequestLane.Backlog, 10, out _);
        limits.EvictIdle();
        Assert.Equal(_devices.Length, limits.Devices);
        _time.Advance(TimeSpan.FromMinutes(1));
        limits.EvictIdle();
        Assert.Equal(1, limits.Devices);
        Assert.Null(limits.TryEnter(_devices[0], RequestLane.Backlog, 10, out _));
    }

    [Fact]
    public void Forgetting_beside_traffic_gives_nobody_a_second_budget()
    {
        var limits = Create(Small with { DeviceTelemetryBurst = 1_000, DeviceTelemetryPerSecond = 0.1, LiveInFlight = 1_000_000 });
        var passed = 0;
        Parallel.For(0, 4, worker =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                Interlocked.Add(ref passed, Passing(limits, _devices[0], RequestLane.Live, readings: 0, tries: 1));
                limits.EvictIdle();
            }
        });
        Assert.Equal(1_000, passed);
    }

    [Fact]
    public void A_change_of_the_configuration_takes_effect_and_a_wrong_one_does_not()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        var limits = Create(Small, configuration);
        configuration["Gateway:Limits:DeviceTelemetryBurst"] = "7";
        ((IConfigurationRoot)configuration).Reload();
        Assert.Equal(7, Passing(limits, _devices[0], RequestLane.Live, readings: 0, tries: 100));
        foreach (var wrong in new[] { "0", "many", "-3" })
        {
            configuration["Gateway:Limits:DeviceTelemetryBurst"] = wrong;
            ((IConfigurationRoot)configuration).Reload();
            Assert.Equal(7, Passing(limits, _devices[1 + wrong.Length], RequestLane.Live, readings: 0, tries: 100));
        }
    }

    [Theory]
    [InlineData("DeviceTelemetryPerSecond", "0")]
    [InlineData("DeviceReadingsPerSecond", "NaN")]
    [InlineData("LiveReserve", "1")]
    [InlineData("FleetReadingsBurst", "-1")]
    public void A_wrong_limit_is_named_with_its_range(string option, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create($"Gateway:Limits:{option}", (string?)value)]).Build();
        var result = new LimitOptionsValidator().Validate(null, configuration.GetSection(LimitOptions.Section).Get<LimitOptions>()!);
        Assert.StartsWith($"Gateway:Limits:{option} is {value}. Write a number from ", Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    private RateLimits Create(LimitOptions options, IConfiguration? configuration = null)
    {
        var source = new LimitSource(configuration ?? new ConfigurationBuilder().Build(), Options.Create(options), new LimitOptionsValidator(), NullLogger<LimitSource>.Instance);
        _owned.Add(source);
        return new RateLimits(source, _time);
    }

    private static int Passing(RateLimits limits, DeviceId device, RequestLane lane, long readings, int tries, bool isAccepted = true)
    {
        var passed = 0;
        for (var i = 0; i < tries; i++)
        {
            using var entered = limits.TryEnter(device, lane, readings, out var hit);
            Assert.Equal(entered is null, hit is not null);
            if (entered is not null)
            {
                entered.IsAccepted = isAccepted;
                passed++;
            }
        }

        return passed;
    }
}
