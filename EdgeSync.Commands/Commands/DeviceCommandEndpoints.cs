using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Commands, for devices: pull, receipts, results.</summary>
internal static class DeviceCommandEndpoints
{
    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(10);

    public static void MapDeviceCommands(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("").RequireActiveDevice();
        group.MapGet(Routes.Commands, PullAsync).WithName("PullCommands");
        group.MapPost(Routes.CommandReceipts, ReceiveAsync).WithName("ReceiveCommands");
        group.MapPost(Routes.CommandResults, CompleteAsync).WithName("CompleteCommands");
        group.MapGet(Routes.Events, Events).WithName("StreamIntents");
    }

    private static async Task<Results<Ok<CommandDelivery>, ProblemResult>> PullAsync(
        string? wait, string? epoch, DeviceIdentity device, CommandPull pull, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var seconds = 0;
        errors.Add("wait", wait is null || (int.TryParse(wait, NumberStyles.None, CultureInfo.InvariantCulture, out seconds) && seconds <= Limits.LongPollMax.TotalSeconds)
            ? null : $"'wait' is a number of seconds from 0 to {Limits.LongPollMax.TotalSeconds}.");
        var hasEpoch = Epoch.TryParse(epoch, out var live);
        errors.Add("epoch", epoch is null || hasEpoch ? null : "'epoch' is the device's live stream, a positive number.");
        if (errors.Any)
        {
            return errors.ToResult();
        }

        return await pull.PullAsync(device.Id, hasEpoch ? live : null, TimeSpan.FromSeconds(seconds), ct) is { } delivery
            ? TypedResults.Ok(delivery)
            : Overloaded();
    }

    private static async Task<Results<Ok<ReceiptAnswer>, ProblemResult>> ReceiveAsync(
        ReceiptRequest request, DeviceIdentity device, DeliveryStore store, CommandsMetrics metrics, TimeProvider time, CancellationToken ct)
    {
        if (CommandRules.Check(request) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        var outcome = await store.ReceiveAsync(device.Id, request, time.GetMicroseconds(), ct);
        metrics.Stepped(outcome.Steps);
        return TypedResults.Ok(outcome.Answer);
    }

    private static async Task<Results<Ok<ResultAnswer>, ProblemResult>> CompleteAsync(
        ResultRequest request, DeviceIdentity device, DeliveryStore store, CommandsMetrics metrics, TimeProvider time, CancellationToken ct)
    {
        if (CommandRules.Check(request) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        var outcome = await store.CompleteAsync(device.Id, request, time.GetMicroseconds(), ct);
        metrics.Stepped(outcome.Steps);
        return TypedResults.Ok(outcome.Answer);
    }

    private static Results<IntentStream, ProblemResult> Events(DeviceIdentity device, DeviceSignals signals) =>
        signals.Subscribe(device.Id) is { } waiter ? new IntentStream(waiter) : Overloaded();

    private static ProblemResult Overloaded() =>
        ProblemTypes.Overloaded.With("Too many devices wait here. Pull without 'wait' until there is room.").ToResult(BusyRetryAfter);
}
