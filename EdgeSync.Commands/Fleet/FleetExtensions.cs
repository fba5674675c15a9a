using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

internal static class FleetExtensions
{
    /// <summary>Registers how the fleet is, with settings from the section <see cref="StatusOptions.Section"/>.</summary>
    public static void AddFleetStatus(this IServiceCollection services)
    {
        services.AddOptions<StatusOptions>().BindConfiguration(StatusOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StatusOptions>, StatusOptionsValidator>();
        services.AddSingleton<FleetStore>();
        services.AddSingleton<FleetHistoryStore>();
        services.AddSingleton<FleetWatch>();
        services.AddSingleton<FleetHistoryWork>().AddHostedService(provider => provider.GetRequiredService<FleetHistoryWork>());
    }
}
