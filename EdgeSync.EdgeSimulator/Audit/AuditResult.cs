namespace EdgeSync.EdgeSimulator;

/// <summary>What an audit counted and what it found wrong. Nothing found is a pass.</summary>
internal sealed class AuditResult
{
    private const int DifferencesMax = 10;
    private readonly List<string> _differences = [];

    /// <summary>Readings that a device acknowledged to its sensor, and those it kept though it was killed before it could say so.</summary>
    public long Produced { get; set; }

    public long Stored { get; set; }

    public long Refused { get; set; }

    /// <summary>Given up by the device in a declared gap.</summary>
    public long Dropped { get; set; }

    public long Expired { get; set; }

    public long Pending { get; set; }

    public long Lost { get; set; }

    public long Duplicated { get; set; }

    public long Altered { get; set; }

    /// <summary>Streams that began anew because a file was rolled back.</summary>
    public long ExtraStreams { get; set; }

    public int CommandsIssued { get; set; }

    public int CommandsSucceeded { get; set; }

    public int CommandsFailed { get; set; }

    public int CommandsInterrupted { get; set; }

    public int CommandsExpired { get; set; }

    public int CommandsCancelled { get; set; }

    public int CommandsUnfinished { get; set; }

    public int CommandsLost { get; set; }

    public int CommandsRepeated { get; set; }

    /// <summary>Devices whose configuration was compared, key by key.</summary>
    public int DocumentsCompared { get; set; }

    public int ConflictsLogged { get; set; }

    /// <summary>Conflicts that had to be in the log, by the vectors of the journals' writes.</summary>
    public int ConflictsRequired { get; set; }

    public int ConflictsMissing { get; set; }

    /// <summary>Logged ones that were none, or were decided by no rule.</summary>
    public int ConflictsWrong { get; set; }

    /// <summary>Devices whose file was rolled back: their log is checked row by row, not for completeness.</summary>
    public int ConflictsUncheckedDevices { get; set; }

    /// <summary>Durability receipts that devices keep.</summary>
    public int Receipts { get; set; }

    /// <summary>Those that nobody of the fleet signed, or that the device's own chain or the control plane does not bear out.</summary>
    public int ReceiptsWrong { get; set; }

    /// <summary>From a command's creation to the record of its end, in milliseconds, for those that the device ended.</summary>
    public List<double> CommandLatenciesMs { get; } = [];

    /// <summary>The first ten differences, each a sentence that names device, stream and number.</summary>
    public IReadOnlyList<string> Differences => _differences;

    public long DifferenceCount { get; private set; }

    public bool Passed => DifferenceCount == 0;

    public void Differ(string sentence)
    {
        DifferenceCount++;
        if (_differences.Count < DifferencesMax)
        {
            _differences.Add(sentence);
        }
    }
}
