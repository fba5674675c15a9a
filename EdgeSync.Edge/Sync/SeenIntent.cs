namespace EdgeSync.Edge;

/// <summary>The newest intent version that the control plane told, by whatever answer or event. Safe for several threads.</summary>
internal sealed class SeenIntent
{
    private readonly Lock _gate = new();
    private long _seen;
    private bool _isDoubted;

    public long Seen
    {
        get
        {
            lock (_gate)
            {
                return _seen;
            }
        }
    }

    /// <summary>Takes a version that was told beside something else.</summary>
    /// <returns>Whether it is news.</returns>
    public bool Note(long version)
    {
        lock (_gate)
        {
            // A lower one may be late, or the control plane was restored: it is asked, and its answer tells.
            _isDoubted |= version < _seen;
            var isNews = version != _seen;
            _seen = Math.Max(_seen, version);
            return isNews;
        }
    }

    /// <summary>Whether a lower version was told since the last call.</summary>
    public bool TakeDoubt()
    {
        lock (_gate)
        {
            var isDoubted = _isDoubted;
            _isDoubted = false;
            return isDoubted;
        }
    }

    /// <summary>Takes the version that an answer reflects. Less than what was seen before it was asked for comes from a control plane that went back in time: its versions count from there.</summary>
    /// <returns>Whether it went back.</returns>
    public bool Answer(long seenBefore, long answered)
    {
        lock (_gate)
        {
            var wentBack = answered < seenBefore && _seen == seenBefore;
            _seen = wentBack ? answered : Math.Max(_seen, answered);
            return wentBack;
        }
    }
}
