namespace EdgeSync.Edge;

/// <summary>Deletes acknowledged readings whose time is over by the control plane's clock, a bounded number with each pass of the agent.</summary>
internal sealed class RetentionPass(RetentionStore retention, SyncLanes lanes, ControlPlaneClock clock, SettingsStore settings, EdgeDeviceOptions options)
{
    private const int ChunksMax = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private TimeSpan _nextAt;

    public void DeleteAcknowledged()
    {
        if (lanes.Now < _nextAt || clock.Now is not { } serverNow)
        {
            return;
        }

        var before = serverNow - (long)options.AcknowledgedRetention.TotalMicroseconds;
        var more = true;
        for (var chunk = 0; more && chunk < ChunksMax; chunk++)
        {
            more = retention.DeleteAcknowledged(before);
        }

        _nextAt = more ? lanes.Now : lanes.Now + (options.AcknowledgedRetention < Interval ? settings.SyncInterval : Interval);
    }
}
