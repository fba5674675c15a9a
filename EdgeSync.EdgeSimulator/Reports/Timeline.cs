namespace EdgeSync.EdgeSimulator;

/// <summary>What happened during a run and when, for the charts of its report. Bounded: when it is full, every second sample goes and samples come half as often.</summary>
internal sealed class Timeline
{
    public const int SamplesMax = 600;
    private const int FaultsMax = 2_000;

    private readonly Lock _lock = new();
    private readonly List<TimelineSample> _samples = [];
    private readonly List<TimelineFault> _faults = [];
    private TimeSpan _every = TimeSpan.FromSeconds(1);
    private TimeSpan _elapsed;

    public IReadOnlyList<TimelineSample> Samples
    {
        get
        {
            lock (_lock)
            {
                return [.. _samples];
            }
        }
    }

    public IReadOnlyList<TimelineFault> Faults
    {
        get
        {
            lock (_lock)
            {
                return [.. _faults];
            }
        }
    }

    /// <summary>How things are now; kept when the last sample is long enough ago, and always when another phase has begun.</summary>
    public void Record(string phase, TimeSpan elapsed, FleetStats fleet, int commandsIssued)
    {
        lock (_lock)
        {
            _elapsed = elapsed;
            if (_samples.Count > 0 && _samples[^1].Phase == phase && elapsed.TotalSeconds - _samples[^1].At < _every.TotalSeconds)
            {
                return;
            }

            if (_samples.Count == SamplesMax)
            {
                var kept = _samples.Where((_, place) => place % 2 == 0).ToList();
                _samples.Clear();
                _samples.AddRange(kept);
                _every *= 2;
            }

            _samples.Add(new TimelineSample(
                Math.Round(elapsed.TotalSeconds, 2), phase, fleet.Connected, fleet.Produced, fleet.Pending, fleet.Batches, fleet.ResentBatches, commandsIssued, new Dictionary<string, long>(fleet.Errors)));
        }
    }

    /// <summary>Something was broken, now.</summary>
    public void Note(string fault)
    {
        lock (_lock)
        {
            if (_faults.Count < FaultsMax)
            {
                _faults.Add(new TimelineFault(Math.Round(_elapsed.TotalSeconds, 2), fault));
            }
        }
    }
}

/// <param name="At">Seconds since the run began.</param>
/// <param name="Phase">What the run was doing.</param>
/// <param name="Connected">Devices that the control plane had answered.</param>
/// <param name="Produced">Readings given to devices until then.</param>
/// <param name="Pending">Readings that waited on devices.</param>
/// <param name="Batches">Batches sent until then.</param>
/// <param name="ResentBatches">Those of them that began with a number sent before.</param>
/// <param name="Commands">Commands issued until then.</param>
/// <param name="Errors">Failed attempts by category until then.</param>
internal sealed record TimelineSample(
    double At, string Phase, int Connected, long Produced, long Pending, long Batches, long ResentBatches, int Commands, IReadOnlyDictionary<string, long> Errors);

/// <param name="At">Seconds since the run began.</param>
/// <param name="Fault">What was broken.</param>
internal sealed record TimelineFault(double At, string Fault);
