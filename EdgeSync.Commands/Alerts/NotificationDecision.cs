using System.Globalization;

namespace EdgeSync.Commands;

/// <summary>When a notification that a webhook did not take is tried again. Pure.</summary>
internal static class NotificationDecision
{
    /// <summary>After so many attempts it is given up, about three quarters of an hour after the first.</summary>
    public const int AttemptsMax = 12;

    private const long FirstMicroseconds = 5_000_000;
    private const long LongestMicroseconds = 600_000_000;
    private const int JitterPercent = 20;

    /// <summary>How long to wait, microseconds; null to give up.</summary>
    /// <param name="id">The notification's: those that failed together are not tried together.</param>
    /// <param name="attempts">How often it was tried, 1 or more.</param>
    public static long? WaitAfter(string id, int attempts)
    {
        if (attempts >= AttemptsMax)
        {
            return null;
        }

        var wait = Math.Min(LongestMicroseconds, FirstMicroseconds << Math.Min(attempts - 1, 16));
        var drawn = int.Parse(id.AsSpan(id.Length - 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) + attempts;
        return wait - (wait * (drawn % JitterPercent) / 100);
    }
}
