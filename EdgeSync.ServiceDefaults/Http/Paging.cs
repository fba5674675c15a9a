using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.ServiceDefaults;

/// <summary>How a list is asked for: <c>?after=&amp;limit=</c>.</summary>
public static class Paging
{
    /// <summary>Items of a page when nothing is said.</summary>
    public const int LimitDefault = 100;
    /// <summary>Items of a page at most.</summary>
    public const int LimitMax = 500;

    /// <summary>Reads <c>limit</c>; the errors tell when it is none.</summary>
    public static int ReadLimit(string? text, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (text is null)
        {
            return LimitDefault;
        }

        var parsed = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is > 0 and <= LimitMax;
        errors.Add("limit", parsed ? null : $"A limit is 1 to {LimitMax}.");
        return parsed ? limit : LimitDefault;
    }

    /// <summary>Reads <c>after</c>, where it is an id; the errors tell when it is none.</summary>
    /// <param name="text">What was asked for; null for the beginning.</param>
    /// <param name="parse">Reads such an id.</param>
    /// <param name="what">What it is, e.g. <c>a device id</c>.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static T? ReadAfter<T>(string? text, TryParse<T> parse, string what, FieldErrors errors)
        where T : struct
    {
        ArgumentNullException.ThrowIfNull(parse);
        ArgumentNullException.ThrowIfNull(errors);
        var parsed = parse(text, out var id);
        errors.Add("after", text is null || parsed ? null : $"'after' is {what}, the 'next' of the page before.");
        return parsed ? id : null;
    }

    /// <summary>Reads what a list is restricted to, one of the words of an enumeration; the errors tell when it is none.</summary>
    /// <param name="field">The query's name for it.</param>
    /// <param name="text">What was asked for; null for all.</param>
    /// <param name="expected">How a sentence begins that the words end, e.g. <c>A state is one of:</c>.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static T? ReadWord<T>(string field, string? text, string expected, FieldErrors errors)
        where T : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(errors);
        var parsed = Words.TryParse<T>(text, out var value);
        errors.Add(field, text is null || parsed ? null : $"{expected} {Words.List<T>()}.");
        return parsed ? value : null;
    }

    /// <summary>The page of rows that were read with one more than the limit, which tells whether there is a next page.</summary>
    public static Page<TView> ToPage<TRow, TView>(IReadOnlyList<TRow> rows, int limit, Func<TRow, TView> view, Func<TRow, string> cursor) =>
        new([.. rows.Take(limit).Select(view)], rows.Count > limit ? cursor(rows[limit - 1]) : null);
}

/// <summary>Reads a value; false for what is none.</summary>
public delegate bool TryParse<T>(string? text, out T value)
    where T : struct;
