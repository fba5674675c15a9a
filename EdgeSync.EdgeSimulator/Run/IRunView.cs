namespace EdgeSync.EdgeSimulator;

/// <summary>Where a run shows its progress.</summary>
internal interface IRunView
{
    /// <summary>A sentence that stays.</summary>
    void Say(string sentence);

    /// <summary>The state of things, now.</summary>
    void Show(string phase, TimeSpan elapsed, FleetStats fleet, int commandsIssued);
}
