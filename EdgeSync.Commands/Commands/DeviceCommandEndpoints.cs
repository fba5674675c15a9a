using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Commands, for devices: pull, receipts, results.</summary>
internal static class DeviceCommandEndpoints
{
    public static void MapDeviceCommands(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("").RequireActiveDevice();
        group.MapGet(Routes.Commands, PullAsync).WithName("PullCommands").WithSummary("Leases waiting commands to the device, at once or as soon as there is one");
        group.MapPost(Routes.CommandReceipts, ReceiveAsync).WithName("ReceiveCommands").WithSummary("Takes receipts and says which commands to run");
        group.MapPost(Routes.CommandResults, CompleteAsync).WithName("CompleteCommands").WithSummary("Takes the results of commands; the first one stands");
        group.MapGet(Routes.Events, Events).Produces<string>(StatusCodes.Status200OK, "text/event-stream").WithName("StreamIntents").WithSummary("The event stream: something waits for the device");
    }

    private static async Task<Results<Ok<CommandDelivery>, ProblemResult>> PullAsync(
        string? wait, string? epoch, string? boot, string? nonce, DeviceIdentity device, CommandPull pull, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var seconds = 0;
        errors.Add("wait", wait is null || (int.TryParse(wait, NumberStyles.None, CultureInfo.InvariantCulture, out seconds) && seconds <= Limits.LongPollMax.TotalSeconds)
            ? null : $"'wait' is a number of seconds from 0 to {Limits.LongPollMax.TotalSeconds}.");
        errors.Add("epoch", Epoch.TryParse(epoch, out var file) || epoch is null ? null : "'epoch' names the history of the device's file, a positive number.");
        long number = 0, drawn = 0;
        errors.Add("boot", boot is null || (long.TryParse(boot, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0) ? null
            : "'boot' is the number of the device program's run, 1 or more.");
        errors.Add("nonce", nonce is null || long.TryParse(nonce, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out drawn) ? null
            : "'nonce' is what the device program's run drew, a 64-bit number.");
        if (errors.Any)
        {
            return errors.ToResult();
        }

        // A client that does not say which run it is gets what waits, and nothing is judged by its request.
        DeviceRun? run = epoch is not null && boot is not null && nonce is not null ? new DeviceRun(new Boot(number, drawn), file) : null;
        return await pull.PullAsync(device.Id, run, TimeSpan.FromSeconds(seconds), ct) switch
        {
            LeaseOutcome lease => TypedResults.Ok(lease.Delivery),
            var refused => ToResult(refused),
        };
    }

    private static async Task<Results<Ok<ReceiptAnswer>, ProblemResult>> ReceiveAsync(
        ReceiptRequest request, DeviceIdentity device, DeliveryCommit commit, CancellationToken ct)
    {
        if (CommandRules.Check(request) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        return await commit.WriteAsync(new ReceiveRequest(device.Id, request), ct) switch
        {
            ReceiptOutcome outcome => TypedResults.Ok(outcome.Answer),
            var refused => ToResult(refused),
        };
    }

    private static async Task<Results<Ok<ResultAnswer>, ProblemResult>> CompleteAsync(
        ResultRequest request, DeviceIdentity device, DeliveryCommit commit, CancellationToken ct)
    {
        if (CommandRules.Check(request) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        return await commit.WriteAsync(new CompleteRequest(device.Id, request), ct) switch
        {
            ResultOutcome outcome => TypedResults.Ok(outcome.Answer),
            var refused => ToResult(refused),
        };
    }

    private static Results<IntentStream, ProblemResult> Events(DeviceIdentity device, DeviceSignals signals) =>
        signals.Subscribe(device.Id) is { } waiter ? new IntentStream(waiter) : NotTaken.TooManyWait.ToResult();

    private static ProblemResult ToResult(DeliveryOutcome refused) => refused switch
    {
        NotTaken notTaken => notTaken.ToResult(),
        StaleRun stale => stale.ToResult(),
        _ => throw new InvalidOperationException("Unknown outcome."),
    };
}
