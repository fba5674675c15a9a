using System.Globalization;

namespace EdgeSync.Commands;

/// <summary>How a list is asked for: <c>?after=&amp;limit=</c>.</summary>
internal static class Paging
{
    public const int LimitDefault = 100;
    public const int LimitMax = 500;

    public static int ReadLimit(string? text, FieldErrors errors)
    {
        if (text is null)
        {
            return LimitDefault;
        }

        var parsed = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is > 0 and <= LimitMax;
        errors.Add("limit", parsed ? null : $"A limit is 1 to {LimitMax}.");
        return parsed ? limit : LimitDefault;
    }

    /// <summary>The page of rows that were read with one more than the limit, which tells whether there is a next page.</summary>
    public static Protocol.Page<TView> ToPage<TRow, TView>(IReadOnlyList<TRow> rows, int limit, Func<TRow, TView> view, Func<TRow, string> cursor) =>
        new([.. rows.Take(limit).Select(view)], rows.Count > limit ? cursor(rows[limit - 1]) : null);
}
