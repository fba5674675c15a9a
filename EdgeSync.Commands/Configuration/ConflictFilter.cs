using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Mvc;

namespace EdgeSync.Commands;

/// <summary>Which conflicts are meant; what is not named restricts nothing.</summary>
/// <param name="Key">A pattern of keys.</param>
/// <param name="Rule">The rule that decided.</param>
/// <param name="From">Decided at this time or later.</param>
/// <param name="To">Decided before this time.</param>
/// <param name="Unresolved">Only those that no operator has decided.</param>
internal sealed record ConflictFilter(string? Key = null, ConfigRule? Rule = null, long? From = null, long? To = null, bool Unresolved = false)
{
    /// <summary>The pattern for <c>LIKE ... ESCAPE '!'</c>, in which an underscore stands for any character.</summary>
    public string Like => Key?.Replace("_", "!_", StringComparison.Ordinal).Replace('*', '%') ?? "%";

    /// <summary>Whether a key matches letter by letter, as not every database's <c>LIKE</c> does.</summary>
    public bool Includes(string key) => Key is null || ConfigPatterns.Matches(Key, key);

    /// <summary>Reads a request's query; the errors tell what is wrong with it.</summary>
    public static ConflictFilter Read(ConflictQuery query, FieldErrors errors)
    {
        var (key, unresolved) = (query.Key, query.Unresolved);
        var rule = Paging.ReadWord<ConfigRule>("rule", query.Rule, "A rule is one of", errors);
        errors.Add("key", key is null ? null : ConfigPatterns.Check(key));
        errors.Add("unresolved", unresolved is null or "true" or "false" ? null : "'unresolved' is true or false.");
        return new ConflictFilter(key, rule, Time(query.From, "from", errors), Time(query.To, "to", errors), unresolved == "true");
    }

    private static long? Time(string? text, string name, FieldErrors errors)
    {
        if (text is null)
        {
            return null;
        }

        var parsed = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time);
        errors.Add(name, parsed ? null : $"'{name}' is a time in microseconds since 1970.");
        return parsed ? time : null;
    }
}

/// <summary>The same as a request's query has it.</summary>
internal sealed record ConflictQuery
{
    [FromQuery(Name = "key")]
    public string? Key { get; init; }

    [FromQuery(Name = "rule")]
    public string? Rule { get; init; }

    [FromQuery(Name = "from")]
    public string? From { get; init; }

    [FromQuery(Name = "to")]
    public string? To { get; init; }

    [FromQuery(Name = "unresolved")]
    public string? Unresolved { get; init; }
}
