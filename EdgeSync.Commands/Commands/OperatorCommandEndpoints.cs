using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Commands, for operators.</summary>
internal static class OperatorCommandEndpoints
{
    public static void MapOperatorCommands(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("").RequireNamedDevice();
        group.MapPost(Routes.DeviceCommands, CreateAsync).WithName("CreateCommand").WithSummary("Creates a command for a device").RequireFleetWrite();
        group.MapGet(Routes.DeviceCommands, ListAsync).WithName("ListCommands").WithSummary("A device's commands in the order of their creation, or the newest first").RequireFleetRead();
        group.MapGet(Routes.DeviceCommand, GetAsync).WithName("GetCommand").WithSummary("One command and where it stands").RequireFleetRead();
        group.MapPost(Routes.DeviceCommandCancel, CancelAsync).WithName("CancelCommand").WithSummary("Withdraws a command that has no end yet").RequireFleetWrite();
    }

    private static async Task<Results<Created<CommandView>, Ok<CommandView>, ProblemResult>> CreateAsync(
        CreateCommand command, NamedDevice device, DeliveryCommit commit, CommandIdSource ids, DeviceSignals signals, TimeProvider time, CancellationToken ct)
    {
        if (CommandRules.Check(command) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        var now = time.GetUtcNow();
        switch (await commit.WriteAsync(CreateRequest.Of(device.Id, ids(now), command, Microseconds.From(now)), ct))
        {
            case CommandCreated created:
                signals.Raise(new DeviceHint(device.Id, created.IntentVersion));
                return TypedResults.Created($"{Routes.Devices}/{device.Id}/commands/{created.Command.Id}", created.Command);
            case CommandRepeated repeated:
                return TypedResults.Ok(repeated.Command);
            case KeyTaken taken:
                return ProblemTypes.CommandConflict.With(
                    $"The idempotency key names command {taken.Other}, which has another kind, payload or subject. Use a new key for a new command.").ToResult();
            case NotTaken refused:
                return refused.ToResult();
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private static async Task<Results<Ok<Page<CommandView>>, ProblemResult>> ListAsync(
        string? after, string? limit, string? state, string? order, NamedDevice device, CommandStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        var last = Paging.ReadAfter<CommandId>(after, CommandId.TryParse, "a command id", errors);
        var wanted = Paging.ReadWord<CommandState>("state", state, "A state is one of:", errors);
        var way = Paging.ReadWord<CommandOrder>("order", order, "An order is one of:", errors) ?? CommandOrder.Oldest;
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.ListAsync(device.Id, last, wanted, way, most, ct));
    }

    private static async Task<Results<Ok<CommandView>, ProblemResult>> GetAsync(string command, NamedDevice device, CommandStore store, CancellationToken ct) =>
        CommandId.TryParse(command, out var id) && await store.FindAsync(device.Id, id, ct) is { } view ? TypedResults.Ok(view) : NotFound(device);

    private static async Task<Results<Ok<CommandView>, ProblemResult>> CancelAsync(
        string command, CancelCommand cancel, NamedDevice device, CommandStore store, CommandsMetrics metrics, TimeProvider time, CancellationToken ct)
    {
        if (CommandRules.Check(cancel) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        if (!CommandId.TryParse(command, out var id) || await store.CancelAsync(device.Id, id, cancel.Reason, time.GetMicroseconds(), ct) is not { } outcome)
        {
            return NotFound(device);
        }

        if (outcome.Step is { } step)
        {
            metrics.Ended(step.State, late: false);
        }

        return outcome.Step?.State == CommandState.Cancelled
            ? TypedResults.Ok(outcome.Command)
            : ProblemTypes.CommandConflict.With($"The command is over: {Words.Of(outcome.Command.State)}. Only a command without an end can be cancelled.").ToResult();
    }

    private static ProblemResult NotFound(NamedDevice device) =>
        ProblemTypes.NotFound.With($"Device {device.Id} has no such command. GET {Routes.Devices}/{device.Id}/commands lists them.").ToResult();
}

/// <summary>Draws a command's id: a UUID of version 7, so that ids sort by creation.</summary>
internal delegate CommandId CommandIdSource(DateTimeOffset now);
