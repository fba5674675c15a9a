using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>Rollouts of configuration, for operators.</summary>
internal static class RolloutEndpoints
{
    public static void MapRollouts(this IEndpointRouteBuilder app)
    {
        app.MapPost(Routes.Rollouts, CreateAsync).WithName("CreateRollout").WithSummary("Begins a configuration change for the devices of a selector, stage by stage").RequireFleetWrite();
        app.MapGet(Routes.Rollouts, ListAsync).WithName("ListRollouts").WithSummary("Rollouts, the newest first").RequireFleetRead();
        app.MapGet(Routes.Rollout, GetAsync).WithName("GetRollout").WithSummary("One rollout and how its stages stand").RequireFleetRead();
        app.MapGet(Routes.RolloutDevices, ListDevicesAsync).WithName("ListRolloutDevices").WithSummary("A rollout's devices").RequireFleetRead();
        app.MapPost(Routes.RolloutPause, PauseAsync).WithName("PauseRollout").WithSummary("Stops a rollout for a while").RequireFleetWrite();
        app.MapPost(Routes.RolloutResume, ResumeAsync).WithName("ResumeRollout").WithSummary("Lets a paused or halted rollout go on").RequireFleetWrite();
        app.MapPost(Routes.RolloutAbort, AbortAsync).WithName("AbortRollout").WithSummary("Ends a rollout; devices that have the change keep it").RequireFleetWrite();
    }

    private static async Task<Results<Created<RolloutView>, Ok<RolloutView>, ProblemResult>> CreateAsync(
        CreateRollout rollout, RolloutStore store, SelectionStore devices, RolloutIdSource ids, TimeProvider time, CancellationToken ct)
    {
        var errors = RolloutRules.Check(rollout);
        if (errors.Any || !LabelSelector.TryParse(rollout.Selector, out var selector, out _))
        {
            return errors.ToResult();
        }

        var (wanted, now) = (RolloutRules.Complete(rollout), time.GetUtcNow());
        if (await FindAsync(store, wanted, ct) is { } known)
        {
            return known;
        }

        var at = Microseconds.From(now);
        var selected = await devices.ReadAsync(selector, null, at, Limits.SelectedDevicesMax + 1, ct);
        errors.Add("selector", selected.Count switch
        {
            0 => "The selector names no device.",
            > Limits.SelectedDevicesMax => $"The selector names {await devices.CountAsync(selector, at, ct)} devices, and a rollout goes to at most {Limits.SelectedDevicesMax}; make several.",
            _ => null,
        });
        if (errors.Any)
        {
            return errors.ToResult();
        }

        var id = ids(now);
        if (await store.CreateAsync(id, wanted, RolloutPlan.Of(id, selected, wanted.Stages), at, ct) is { } created)
        {
            return TypedResults.Created($"{Routes.Rollouts}/{id}", created);
        }

        return await FindAsync(store, wanted, ct) ?? throw new InvalidOperationException($"The rollout id {id} was drawn twice.");
    }

    // What an idempotency key stands for already: the same rollout, or another.
    private static async Task<Results<Created<RolloutView>, Ok<RolloutView>, ProblemResult>?> FindAsync(RolloutStore store, CreateRollout wanted, CancellationToken ct)
    {
        if (wanted.IdempotencyKey is not { } key || await store.FindAsync(key, ct) is not { } known)
        {
            return null;
        }

        // The limit may have been changed since.
        return RolloutRow.ToText(known.Rollout with { FailurePercentMax = wanted.FailurePercentMax }) == RolloutRow.ToText(wanted)
            ? TypedResults.Ok(known)
            : ProblemTypes.RolloutConflict.With($"The idempotency key names rollout {known.Id}, which is another one. Use a new key for a new rollout.").ToResult();
    }

    private static async Task<Results<Ok<Page<RolloutView>>, ProblemResult>> ListAsync(string? after, string? limit, RolloutStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        var last = Paging.ReadAfter<RolloutId>(after, RolloutId.TryParse, "a rollout id", errors);
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.ListAsync(last, most, ct));
    }

    private static async Task<Results<Ok<RolloutView>, ProblemResult>> GetAsync(string rollout, RolloutStore store, CancellationToken ct) =>
        RolloutId.TryParse(rollout, out var id) && await store.FindAsync(id, ct) is { } view ? TypedResults.Ok(view) : NotFound();

    private static async Task<Results<Ok<Page<RolloutDeviceView>>, ProblemResult>> ListDevicesAsync(
        string rollout, string? after, string? limit, string? state, RolloutStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var most = Paging.ReadLimit(limit, errors);
        var last = Paging.ReadAfter<DeviceId>(after, DeviceId.TryParse, "a device id", errors);
        var wanted = Paging.ReadWord<RolloutDeviceState>("state", state, "A state is one of:", errors);
        if (errors.Any)
        {
            return errors.ToResult();
        }

        return RolloutId.TryParse(rollout, out var id) && await store.FindAsync(id, ct) is not null
            ? TypedResults.Ok(await store.ListDevicesAsync(id, last, wanted, most, ct))
            : NotFound();
    }

    private static Task<Results<Ok<RolloutView>, ProblemResult>> PauseAsync(string rollout, RolloutChange change, RolloutStore store, TimeProvider time, CancellationToken ct) =>
        SteerAsync(rollout, RolloutState.Paused, change, store, time, ct);

    private static Task<Results<Ok<RolloutView>, ProblemResult>> ResumeAsync(string rollout, RolloutChange change, RolloutStore store, TimeProvider time, CancellationToken ct) =>
        SteerAsync(rollout, RolloutState.Running, change, store, time, ct);

    private static Task<Results<Ok<RolloutView>, ProblemResult>> AbortAsync(string rollout, RolloutChange change, RolloutStore store, TimeProvider time, CancellationToken ct) =>
        SteerAsync(rollout, RolloutState.Aborted, change, store, time, ct);

    private static async Task<Results<Ok<RolloutView>, ProblemResult>> SteerAsync(
        string rollout, RolloutState wanted, RolloutChange change, RolloutStore store, TimeProvider time, CancellationToken ct)
    {
        if (RolloutRules.Check(change) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        return !RolloutId.TryParse(rollout, out var id) || await store.SteerAsync(id, wanted, change, time.GetMicroseconds(), ct) is not { } outcome ? NotFound()
            : outcome.Refusal is { } refusal ? ProblemTypes.RolloutConflict.With(refusal).ToResult()
            : TypedResults.Ok(outcome.Rollout);
    }

    private static ProblemResult NotFound() => ProblemTypes.NotFound.With($"There is no such rollout. GET {Routes.Rollouts} lists them.").ToResult();
}

/// <summary>Draws a rollout's id: a UUID of version 7, so that ids sort by creation.</summary>
internal delegate RolloutId RolloutIdSource(DateTimeOffset now);
