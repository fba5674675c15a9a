using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Commands;

/// <summary>The rules for concurrent writes, for operators.</summary>
internal static class ConfigRuleEndpoints
{
    public static void MapConfigRules(this IEndpointRouteBuilder app)
    {
        app.MapGet(Routes.ConfigRules, GetAsync).WithName("GetConfigRules").WithSummary("The rules for concurrent writes, the present ones or an earlier version").RequireFleetRead();
        app.MapPut(Routes.ConfigRules, PutAsync).WithName("PutConfigRules").WithSummary("Sets the rules for concurrent writes").RequireFleetWrite();
    }

    private static async Task<Results<Ok<ConfigRulesView>, ProblemResult>> GetAsync(string? version, ConfigRuleStore store, CancellationToken ct)
    {
        var wanted = 0;
        var errors = new FieldErrors();
        errors.Add("version", version is null || int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out wanted) ? null : "A version is a number, 1 or more.");
        return errors.Any ? errors.ToResult()
            : await store.FindAsync(version is null ? null : wanted, ct) is { } view ? TypedResults.Ok(view)
            : version is null ? TypedResults.Ok(new ConfigRulesView(ConfigRuleSet.Default, 0))
            : ProblemTypes.NotFound.With($"The rules have had no version {wanted}.").ToResult();
    }

    private static async Task<Results<Ok<ConfigRulesView>, ProblemResult>> PutAsync(
        ConfigRulesWrite write, ConfigRuleStore store, ConfigResolvers resolvers, TimeProvider time, CancellationToken ct)
    {
        if (ConflictRules.Check(write, resolvers) is { Any: true } errors)
        {
            return errors.ToResult();
        }

        return await store.WriteAsync(write.Patterns, write.ExpectedVersion, Texts.Cut(write.Note, ConflictRules.NoteCharsMax), time.GetMicroseconds(), ct) switch
        {
            RulesSet set => TypedResults.Ok(set.View),
            RulesVersionTaken taken => ProblemTypes.VersionConflict.With(
                $"The rules have version {taken.Version}, not {write.ExpectedVersion ?? taken.Version - 1}. Read them again and decide what to set.").ToResult(),
            _ => throw new InvalidOperationException("Unknown outcome."),
        };
    }
}
