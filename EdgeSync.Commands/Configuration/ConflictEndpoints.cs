using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>The conflict log, for operators.</summary>
internal static class ConflictEndpoints
{
    private const int ReplayMax = 1_000;

    public static void MapConflicts(this IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.Conflicts, ListAsync).WithName("ListConflicts").WithSummary("The fleet's conflicts, the newest first").RequireFleetRead();
        app.MapPost(Routes.ConflictReplay, ReplayAsync).WithName("ReplayConflicts").WithSummary("What decided conflicts would have become under other rules").RequireFleetRead();
        var group = app.MapGroup("").RequireNamedDevice();
        group.MapGet(Routes.DeviceConflicts, ListOfDeviceAsync).WithName("ListDeviceConflicts").WithSummary("A device's conflicts, the newest first").RequireFleetRead();
        group.MapGet(Routes.DeviceConflict, GetAsync).WithName("GetConflict").WithSummary("One conflict").RequireFleetRead();
        group.MapPost(Routes.DeviceConflictResolve, ResolveAsync).WithName("ResolveConflict").WithSummary("Decides a conflict by hand").RequireFleetWrite();
    }

    private static Task<Results<Ok<Page<ConflictView>>, ProblemResult>> ListAsync(
        string? device, string? after, string? limit, [AsParameters] ConflictQuery query, ConflictStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        var isId = DeviceId.TryParse(device, out var id);
        errors.Add("device", device is null || isId ? null : "A device is named by its id, a UUID.");
        return PageAsync(isId ? id : null, after, limit, query, store, errors, ct);
    }

    private static Task<Results<Ok<Page<ConflictView>>, ProblemResult>> ListOfDeviceAsync(
        string? after, string? limit, NamedDevice device, [AsParameters] ConflictQuery query, ConflictStore store, CancellationToken ct) =>
        PageAsync(device.Id, after, limit, query, store, new FieldErrors(), ct);

    private static async Task<Results<Ok<Page<ConflictView>>, ProblemResult>> PageAsync(
        DeviceId? device, string? after, string? limit, ConflictQuery query, ConflictStore store, FieldErrors errors, CancellationToken ct)
    {
        var filter = ConflictFilter.Read(query, errors);
        var most = Paging.ReadLimit(limit, errors);
        var cursor = ConflictCursor.Newest;
        errors.Add("after", after is null || ConflictCursor.TryParse(after, out cursor) ? null : ConflictCursor.Form);
        return errors.Any ? errors.ToResult() : TypedResults.Ok(await store.ListAsync(device, filter, cursor, most, ct));
    }

    private static async Task<Results<Ok<ConflictView>, ProblemResult>> GetAsync(string conflict, NamedDevice device, ConflictStore store, CancellationToken ct) =>
        await store.FindAsync(device.Id, conflict, ct) is { } view ? TypedResults.Ok(view) : NotFound(device);

    private static async Task<Results<Ok<ConflictView>, ProblemResult>> ResolveAsync(
        string conflict,
        ResolveConflict resolve,
        NamedDevice device,
        ConflictStore store,
        DeviceSignals signals,
        CommandsMetrics metrics,
        TimeProvider time,
        CancellationToken ct)
    {
        if (ConflictRules.Check(resolve) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        switch (await store.ResolveAsync(device.Id, conflict, resolve, time.GetMicroseconds(), ct))
        {
            case ConflictResolved { View: var view, IntentVersion: var written }:
                if (written is { } version)
                {
                    signals.Raise(new DeviceHint(device.Id, version));
                    metrics.ConfigWritten("operator", 1);
                }

                return TypedResults.Ok(view);
            case VersionTaken taken:
                return ProblemTypes.VersionConflict.With($"The key has version {taken.Version}, not {resolve.ExpectedVersion}. Read it again and decide what to write.").ToResult();
            case WriteRefused refused:
                return refused.Errors.ToResult();
            case ConflictMissing or KeyMissing:
                return NotFound(device);
            default:
                throw new InvalidOperationException("Unknown outcome.");
        }
    }

    private static async Task<Results<Ok<ConflictReplayAnswer>, ProblemResult>> ReplayAsync(
        ConflictReplay replay, ConflictStore store, ConfigResolvers resolvers, CancellationToken ct)
    {
        if (ConflictRules.Check(replay, resolvers) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        var after = ConflictCursor.TryParse(replay.After, out var cursor) ? cursor : ConflictCursor.Newest;
        var page = await store.ListAsync(replay.Device, new ConflictFilter(replay.Key, null, replay.From, replay.To), after, ReplayMax, ct);
        var rules = new ConfigRuleSet(1, replay.Patterns);
        return TypedResults.Ok(new ConflictReplayAnswer(
            page.Items.Count, [.. page.Items.Select(conflict => ReplayDecision.Of(conflict, rules, resolvers.ByName)).OfType<ReplayedConflict>()], page.Next));
    }

    private static ProblemResult NotFound(NamedDevice device) =>
        ProblemTypes.NotFound.With($"Device {device.Id} has no such conflict; it may be past the time that history is kept.").ToResult();
}
