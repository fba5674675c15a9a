using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>What the gateway keeps of each device, for a fleet twice as large as it was told to remember.</summary>
public sealed class TenThousandDevicesTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const int Devices = 10_000;
    private const int RememberedMax = Devices / 2;
    private const long BytesMax = 64 * 1024 * 1024;

    [Fact]
    public async Task What_is_kept_of_a_fleet_is_bounded_and_small()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var settings = gateway.Settings("http://127.0.0.1:1", "http://127.0.0.1:1");
        settings["Gateway:VerdictsMax"] = settings["DeviceTokens:VerdictsMax"] = settings["Gateway:Admission:ReservationsMax"] = $"{RememberedMax}";
        settings["Gateway:Admission:PerSecond"] = "1";
        await using var app = GatewayFixture.Build(settings, time);
        var (verdicts, tokens, reader) = (app.Services.GetRequiredService<CertificateVerdicts>(), app.Services.GetRequiredService<TokenIssuer>(), app.Services.GetRequiredService<DeviceTokenReader>());
        var (limits, gate) = (app.Services.GetRequiredService<RateLimits>(), app.Services.GetRequiredService<AdmissionGate>());
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < Devices; i++)
        {
            var device = new DeviceId(Guid.NewGuid());
            using var certificate = gateway.Pki.IssueDevice(device);
            var read = verdicts.Of(certificate, [])!;
            var token = await reader.ReadHeaderAsync($"Bearer {tokens.ForDevice(read).Token}", TestContext.Current.CancellationToken);
            Assert.Equal(device, token.Claims?.Device);
            limits.TryEnter(device, RequestLane.Live, 100, out _)?.Dispose();
            gate.Enter(device);
        }

        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(verdicts.Count, RememberedMax / 2, RememberedMax);
        Assert.Equal((Devices, RememberedMax), (limits.Devices, gate.Reservations));
        Assert.True(kept <= BytesMax, $"{kept} bytes are kept.");

        // Who rests is forgotten.
        time.Advance(TimeSpan.FromMinutes(10));
        limits.EvictIdle();
        Assert.Equal(0, limits.Devices);
        GC.KeepAlive(reader);
    }
}
