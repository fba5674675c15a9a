using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Commands for many devices, for operators.</summary>
internal static class CommandBatchEndpoints
{
    public static void MapCommandBatches(this IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.CommandBatches, CreateAsync).WithName("CreateCommandBatch").WithSummary("Creates a command for every device of a selector").RequireFleetWrite();
        app.MapGet(Routes.CommandBatches, ListAsync).WithName("ListCommandBatches").WithSummary("Batches of commands, the newest first").RequireFleetRead();
        app.MapGet(Routes.CommandBatch, GetAsync).WithName("GetCommandBatch").WithSummary("One batch and how its commands stand").RequireFleetRead();
        app.MapGet(Routes.CommandBatchCommands, CommandsAsync).WithName("ListCommandBatchCommands").WithSummary("A batch's commands").RequireFleetRead();
        app.MapPost(Routes.CommandBatchCancel, CancelAsync).WithName("CancelCommandBatch").WithSummary("Withdraws a batch and its open commands").RequireFleetWrite();
    }

    private static async Task<Results<Accepted<CommandBatchView>, Ok<CommandBatchView>, ProblemResult>> CreateAsync(
        CreateCommandBatch batch, CommandBatchStore store, SelectionStore devices, BatchIdSource ids, BatchWork work, TimeProvider time, CancellationToken ct)
    {
        var errors = CommandRules.Check(batch, out var selector);
        if (errors.Any)
        {
            return errors.ToResult();
        }

        // The fleet may have changed since a key was first used: it names the same batch all the same.
        if (await store.FindByKeyAsync(batch, ct) is not { } outcome)
        {
            var now = time.GetUtcNow();
            var count = await devices.CountAsync(selector!, Microseconds.From(now), ct);
            errors.Add("selector", count is > 0 and <= Limits.SelectedDevicesMax ? null
                : $"It names {count} devices; a batch goes to 1 to {Limits.SelectedDevicesMax}. GET {Routes.Devices}?selector= shows which.");
            if (errors.Any)
            {
                return errors.ToResult();
            }

            outcome = await store.CreateAsync(ids(now), batch, count, Microseconds.From(now), ct);
        }

        switch (outcome)
        {
            case BatchCreated created:
                work.Wake();
                return TypedResults.Accepted($"{Routes.CommandBatches}/{created.Batch.Id}", created.Batch);
            case BatchRepeated repeated:
                return TypedResults.Ok(repeated.Batch);
            case BatchKeyTaken taken:
                return ProblemTypes.CommandConflict.With(
                    $"The idempotency key names batch {taken.Other}, which has another selector or command. Use a new key for a new batch.").ToResult();
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private static async Task<Results<Ok<Page<CommandBatchView>>, ProblemResult>> ListAsync(string? after, string? limit, CommandBatchStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        var last = Paging.ReadAfter<BatchId>(after, BatchId.TryParse, "a batch id", errors);
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.ListAsync(last, most, ct));
    }

    private static async Task<Results<Ok<CommandBatchView>, ProblemResult>> GetAsync(string batch, CommandBatchStore store, CancellationToken ct) =>
        BatchId.TryParse(batch, out var id) && await store.FindAsync(id, ct) is { } view ? TypedResults.Ok(view) : NotFound();

    private static async Task<Results<Ok<Page<CommandView>>, ProblemResult>> CommandsAsync(
        string batch, string? after, string? limit, string? state, CommandBatchStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        var last = Paging.ReadAfter<CommandId>(after, CommandId.TryParse, "a command id", errors);
        var wanted = Paging.ReadWord<CommandState>("state", state, "A state is one of:", errors);
        return errors.Any ? errors.ToResult()
            : BatchId.TryParse(batch, out var id) && await store.CommandsAsync(id, last, wanted, most, ct) is { } page ? TypedResults.Ok(page)
            : NotFound();
    }

    private static async Task<Results<Ok<CommandBatchView>, ProblemResult>> CancelAsync(
        string batch, CancelCommand cancel, CommandBatchStore store, BatchWork work, CancellationToken ct)
    {
        if (CommandRules.Check(cancel) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        if (!BatchId.TryParse(batch, out var id) || await store.CancelAsync(id, cancel.Reason, ct) is not { } outcome)
        {
            return NotFound();
        }

        if (!outcome.IsStep)
        {
            return ProblemTypes.CommandConflict.With("The batch was cancelled before.").ToResult();
        }

        work.Wake();
        return TypedResults.Ok(outcome.Batch);
    }

    private static ProblemResult NotFound() => ProblemTypes.NotFound.With($"There is no such batch. GET {Routes.CommandBatches} lists them.").ToResult();
}
