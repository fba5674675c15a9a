namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Makes a world that fails smaller while the same check fails: fewer steps, fewer devices, fewer kinds of faults. Since each kind draws from a source of its own, what is left stays as it was
/// as far as it can.
/// </summary>
internal static class Shrinker
{
    private const int TriesMax = 60;

    /// <param name="failed">A world and what was found in it.</param>
    /// <param name="run">Runs another one.</param>
    /// <returns>The smallest that was found.</returns>
    public static WorldResult Shrink(WorldResult failed, Func<WorldSettings, WorldResult> run)
    {
        var (smallest, tries) = (failed, 0);
        bool Try(WorldSettings smaller)
        {
            if (tries++ >= TriesMax || smaller == smallest.Settings || run(smaller) is not { Found: { } found } result || found.Check != failed.Found!.Check)
            {
                return false;
            }

            smallest = result;
            return true;
        }

        // What comes after the finding is not needed, unless it was found at the end.
        Try(smallest.Settings with { Steps = Math.Max(1, smallest.Found!.Step) });
        foreach (var kind in Enum.GetValues<FaultKind>().Except(smallest.Settings.Without))
        {
            Try(smallest.Settings with { Without = [.. smallest.Settings.Without, kind] });
        }

        while (smallest.Settings.DevicesMax > 1 && Try(smallest.Settings with { DevicesMax = smallest.Settings.DevicesMax - 1 }))
        {
        }

        for (var cut = smallest.Settings.Steps / 2; cut >= 1; cut /= 2)
        {
            while (smallest.Settings.Steps > cut && Try(smallest.Settings with { Steps = smallest.Settings.Steps - cut }))
            {
            }
        }

        return smallest;
    }
}
