namespace EdgeSync.EndToEnd.Tests;

/// <summary>Waits for what comes by itself, as long as a loaded machine may need and no longer.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks until what is seen holds, and returns it.</summary>
    public static async Task<T> BecomesAsync<T>(Func<Task<T>> look, Func<T, bool> holds, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (holds(seen))
            {
                return seen;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(began) < Within, $"Waited {Within.TotalSeconds} s in vain until {what}; it stands at {seen}");
            await Task.Delay(Every, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
