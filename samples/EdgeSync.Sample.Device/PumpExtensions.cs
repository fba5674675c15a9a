using EdgeSync.Edge;
using EdgeSync.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EdgeSync.Sample.Device;

/// <summary>Puts the machine and the device together.</summary>
internal static class PumpExtensions
{
    public static void AddPump(this IServiceCollection services)
    {
        services.AddSingleton<Pump>();
        services.AddSingleton(provider => PumpCommands.OpenValve(provider.GetRequiredService<Pump>()));
        services.AddSingleton(provider => PumpCommands.TakeSample(provider.GetRequiredService<Pump>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ConfigValidator>(PumpConfig.Validate);
        services.AddConfigCheck(PumpConfig.CheckName, provider => _ => ValueTask.FromResult(PumpConfig.Check(provider.GetRequiredService<Pump>())));
        services.AddHostedService<ValveWatch>();
    }

    /// <summary>Before the program runs: the sensors that are asked in a rhythm, and the configuration as it was left.</summary>
    public static void UsePump(this IHost host)
    {
        var (pump, device, time) = (host.Services.GetRequiredService<Pump>(), host.Services.GetRequiredService<EdgeDevice>(), host.Services.GetRequiredService<TimeProvider>());
        host.Services.GetRequiredService<SensorCollector>().AddPolled(
            "pump.pressure", TimeSpan.FromSeconds(1), _ => ValueTask.FromResult<Reading?>(new Reading("pump.pressure", Microseconds.From(time.GetUtcNow()), pump.Pressure)));
        PumpConfig.Apply(pump, device.Config.Get(PumpConfig.ModeKey));
        device.Config.Changed += (_, change) =>
        {
            if (change.Key == PumpConfig.ModeKey)
            {
                PumpConfig.Apply(pump, change.Value);
            }
        };
    }
}
