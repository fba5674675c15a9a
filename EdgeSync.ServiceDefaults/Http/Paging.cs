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

    /// <summary>The page of rows that were read with one more than the limit, which tells whether there is a next page.</summary>
    public static Page<TView> ToPage<TRow, TView>(IReadOnlyList<TRow> rows, int limit, Func<TRow, TView> view, Func<TRow, string> cursor) =>
        new([.. rows.Take(limit).Select(view)], rows.Count > limit ? cursor(rows[limit - 1]) : null);
}
