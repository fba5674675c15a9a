using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Configuration, for devices.</summary>
internal static class DeviceConfigEndpoints
{
    public static void MapDeviceConfig(this IEndpointRouteBuilder app) =>
        app.MapPost(Routes.Config, ExchangeAsync).WithName("ExchangeConfig").WithSummary("Merges what the device wrote, and answers what it does not have").RequireActiveDevice();

    private static async Task<Results<Ok<ConfigAnswer>, ProblemResult>> ExchangeAsync(
        ConfigExchange exchange, DeviceIdentity device, ConfigExchangeStore store, CommandsMetrics metrics, TimeProvider time, CancellationToken ct)
    {
        if (ConfigMessageRules.Check(exchange) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        switch (await store.ExchangeAsync(device.Id, exchange, time.GetMicroseconds(), ct))
        {
            case Exchanged done:
                metrics.ConfigWritten("device", done.Writes);
                metrics.Conflicts(done.Logged);
                return TypedResults.Ok(done.Answer);
            case ExchangeRefused refused:
                return refused.Errors.ToResult();
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }
}
